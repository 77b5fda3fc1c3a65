import { createServer } from 'node:net'

const taken = new Set<number>()

/**
 * A free loopback port below the ephemeral range, so that no outgoing connection takes it before the server does,
 * and whose cluster bus port (10,000 above) is free as well.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 2_000)
    if (taken.has(port)) continue
    if ((await isFree(port)) && (await isFree(port + 10_000))) {
      taken.add(port)
      return port
    }
  }
  throw new Error('No free port between 20000 and 21999 on 127.0.0.1: stop the servers that hold them')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
