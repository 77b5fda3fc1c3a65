import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const redisModule = fileURLToPath(new URL('../servers/redis.ts', import.meta.url))

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
