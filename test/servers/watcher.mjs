// Ends the test servers of a process that is gone, however it went: its standard input closes when its parent
// dies, even by SIGKILL. Lines: `pid <id> <signal>`, `dir <path>`, and the same with a leading `-` to forget one.
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const pids = new Map()
const dirs = new Set()

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...rest] = line.split(' ')
  if (verb === 'pid') pids.set(Number(rest[0]), rest[1])
  else if (verb === '-pid') pids.delete(Number(rest[0]))
  else if (verb === 'dir') dirs.add(rest.join(' '))
  else if (verb === '-dir') dirs.delete(rest.join(' '))
}

for (const [pid, signal] of pids) {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
// A server that is still shutting down may write once more.
for (const dir of dirs) rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
