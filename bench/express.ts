import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { drive } from './src/express/drive.ts'
import { serverUrl } from './src/savers/servers.ts'
import { startServers } from './src/servers.ts'
import { figures, table } from './src/table.ts'

const connections = 32
const routes = ['read', 'write'] as const
type Route = (typeof routes)[number]
const words: Record<Route, string> = { read: 'reading', write: 'writing' }

const subjects = {
  bare: 'no sessions at all',
  'express-session': 'express-session with connect-redis',
  'express-session-on-everthread': 'express-session with ExpressSessionStore',
  everthread: 'session() of Everthread',
} as const
type Name = keyof typeof subjects

export const usage = `express [--rounds 5] [--ms 2000] [--json file]
  requests a second on one Redis, that only read a session of ten keys or change one of them; ${connections} connections;
  and what a request takes of the CPU, in the server's process and in Redis
  --rounds  how often each is measured, in turns; the median counts
  --ms      how long each time
  --json    also write the figures to this file`

interface Running {
  name: Name
  child: ChildProcess
  port: number
  cookies: string[]
  measured: Record<Route, Measured[]>
}

/** Requests a second, and microseconds of CPU for each. */
interface Measured {
  rate: number
  node: number
  redis: number
}

export async function express(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      ms: { type: 'string', default: '2000' },
      json: { type: 'string' },
    },
  })
  const [rounds, ms] = [Number(values.rounds), Number(values.ms)]
  if (!(rounds > 0) || !(ms > 0)) throw new Error('--rounds and --ms take numbers above 0.')
  const servers = await startServers(['redis'])
  const reason = servers.unavailable.redis
  if (reason !== undefined) throw new Error(reason)
  const running: Running[] = []
  try {
    for (const name of Object.keys(subjects) as Name[]) running.push(await start(name))
    console.log(`express: ${connections} connections, ${rounds} rounds of ${ms} ms; Node ${process.version}`)
    // In turns, so that what else the machine does falls on all alike; the first round warms the code.
    for (let round = 0; round <= rounds; round++) {
      for (const route of routes) {
        for (const subject of running) {
          const measured = await measure(subject, route, ms)
          if (round > 0) subject.measured[route].push(measured)
        }
      }
    }
  } finally {
    await Promise.all(running.map(({ child }) => end(child)))
    await servers.stop()
  }
  report(running, values.json)
}

async function start(name: Name): Promise<Running> {
  const file = join(import.meta.dirname, 'src/express/server-child.ts')
  const child = fork(file, [name, serverUrl('redis'), `bench-${process.pid}-${name}`], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const cookies: string[] = []
  for (let at = 0; at < connections; at++) {
    const { headers } = await fetch(`http://127.0.0.1:${port}/make`)
    cookies.push(headers.getSetCookie()[0]?.split(';')[0] ?? '')
  }
  return { name, child, port, cookies, measured: { read: [], write: [] } }
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.disconnect()
  await gone
}

async function measure({ port, cookies, child }: Running, route: Route, ms: number): Promise<Measured> {
  const before = [await nodeMicroseconds(child), await redisMicroseconds()] as const
  const start = performance.now()
  const count = await drive(port, route, cookies, ms)
  const seconds = (performance.now() - start) / 1_000
  const node = (await nodeMicroseconds(child)) - before[0]
  const redis = (await redisMicroseconds()) - before[1]
  return { rate: count / seconds, node: node / count, redis: redis / count }
}

async function nodeMicroseconds(child: ChildProcess): Promise<number> {
  const told = once(child, 'message')
  child.send('cpu')
  const [{ user, system }] = (await told) as [NodeJS.CpuUsage]
  return user + system
}

async function redisMicroseconds(): Promise<number> {
  const client = new Redis(serverUrl('redis'))
  try {
    const info = await client.info('cpu')
    const seconds = [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, figure]) => Number(figure))
    return seconds.reduce((sum, figure) => sum + figure, 0) * 1e6
  } finally {
    await client.quit()
  }
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

function report(running: Running[], file: string | undefined): void {
  const measured = Object.fromEntries(running.map(({ name, measured }) => [name, measured]))
  const of = (name: Name, route: Route, what: keyof Measured) =>
    median((measured[name]?.[route] ?? []).map((one) => one[what]))
  for (const route of routes) {
    const rows = (Object.keys(subjects) as Name[]).map((name) => [
      subjects[name],
      Math.round(of(name, route, 'rate')).toLocaleString('en-US'),
      `${figures(of(name, route, 'rate') / of('express-session', route, 'rate'))}x`,
      figures(of(name, route, 'node')),
      figures(of(name, route, 'redis')),
    ])
    console.log(`\n${table([[words[route], '/s', 'of express-session', 'Node us', 'Redis us'], ...rows])}`)
  }
  console.log()
  if (file) writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`)
}
