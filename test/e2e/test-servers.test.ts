import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'
import { redisCommand } from '../servers/redis.ts'
import { startTestServers } from '../servers/test-servers.ts'

const redisModule = fileURLToPath(new URL('../servers/redis.ts', import.meta.url))

afterEach(() => void vi.unstubAllEnvs())

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

it('a test server ends, and its folder goes, when the process that started it is killed', async () => {
  const script = `
    import { startRedis, redisCommand } from ${JSON.stringify(redisModule)}
    const { port } = await startRedis()
    console.log(port + ' ' + (await redisCommand(port, 'CONFIG', 'GET', 'dir')).split('\\n')[1])
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve))
  const [port = '', folder = ''] = line.trim().split(' ')
  expect(await isListening(Number(port))).toBe(true)
  expect(existsSync(folder)).toBe(true)

  child.kill('SIGKILL')

  while ((await isListening(Number(port))) || existsSync(folder)) await sleep(20)
})

it('a Redis of the tests tells whether anybody has scanned it', async () => {
  const name = 'EVERTHREAD_TEST_REDIS'
  for (const given of [name, 'REDIS_URL']) vi.stubEnv(given, undefined)
  const servers = await startTestServers(new Set([name]))
  const port = Number(new URL(servers.urls[name] ?? '').port)
  try {
    await redisCommand(port, 'SET', 'a', '1')
    expect(await servers.scans()).toEqual([])
    await redisCommand(port, 'KEYS', '*')
    await redisCommand(port, 'SCAN', '0')
    await redisCommand(port, 'SCAN', '0')
    const calls = (await servers.scans())[0]?.replace(`The Redis on port ${port} was asked for `, '').split(' and ')
    expect(calls?.toSorted()).toEqual(['KEYS 1 times', 'SCAN 2 times'])
  } finally {
    await servers.stop()
  }
})
