import { redisCommand } from './redis.ts'

/** Commands that look through a whole database or a whole key, which blocks a server for as long as that is large. */
const SCANS = /^cmdstat_(keys|scan|hscan|sscan|zscan):calls=(\d+)/gm

/** What was called of these on the server since it started, in words: `KEYS 3 times`. By tests, or by our code. */
export async function scansOn({ port }: { port: number }): Promise<string[]> {
  const statistics = await redisCommand(port, 'INFO', 'commandstats')
  return [...statistics.matchAll(SCANS)].map(([, name = '', calls]) => `${name.toUpperCase()} ${calls} times`)
}
