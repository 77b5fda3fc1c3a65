import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { endOfFrame, wordsOf } from './proxy-frames.ts'

/** What becomes of one reply, or of one request. */
export type Fate =
  | 'pass'
  /** It is lost, and the connection with it. */
  | 'cut'
  /** Half of it arrives, and then the connection is lost. */
  | 'halve'
  /** It arrives twice. */
  | 'double'
  /** It arrives late, and so does all that is behind it. */
  | { delayMs: number }

/** It is held back, with all that is behind it, until the promise is kept. */
export interface Hold {
  until: Promise<void>
}

export interface FaultyProxy {
  readonly host: string
  readonly port: number
  readonly url: string
  /** The first three words of every request that came by, in order. */
  readonly requests: string[][]
  /** How often a request was sent while no reply was outstanding: the round trips, when one caller waits for each. */
  trips: number
  /** Called with each request before it is passed on, and with the requests' words for each reply. */
  onRequest: (words: string[]) => Fate | Hold
  onReply: (words: string[]) => Fate | Hold
  stop(): Promise<void>
}

/** A TCP proxy before a Redis server that can be told to cut, halve, double and delay what passes through it. */
export async function startProxy(target: { host?: string; port: number }): Promise<FaultyProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect({ port: target.port, host: target.host ?? '127.0.0.1' })
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      // Cutting is what this is for: the other end says what it makes of it.
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    const unanswered: string[][] = []
    pump(client, upstream, (request) => {
      const words = wordsOf(request, 3)
      if (unanswered.length === 0) proxy.trips++
      unanswered.push(words)
      proxy.requests.push(words)
      return proxy.onRequest(words)
    })
    // A push frame (`>`) answers nothing.
    pump(upstream, client, (reply) => (reply[0] === 0x3e ? 'pass' : proxy.onReply(unanswered.shift() ?? [])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: FaultyProxy = {
    host: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}`,
    requests: [],
    trips: 0,
    onRequest: () => 'pass',
    onReply: () => 'pass',
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

/** Passes frame by frame, each as `judge` says, in their order. */
function pump(from: Socket, to: Socket, judge: (frame: Buffer) => Fate | Hold): void {
  let pending: Buffer = Buffer.alloc(0)
  let ready: Promise<void> | undefined
  from.on('data', (data) => {
    pending = pending.length === 0 ? Buffer.from(data) : Buffer.concat([pending, Buffer.from(data)])
    for (let end = endOfFrame(pending); end !== undefined; end = endOfFrame(pending)) {
      const frame = pending.subarray(0, end)
      pending = pending.subarray(end)
      const fate = judge(frame)
      if (fate === 'pass' && !ready) {
        to.write(frame)
        continue
      }
      const turn = (ready ?? Promise.resolve()).then(() => deliver(frame, to, fate))
      ready = turn
      turn.then(() => {
        if (ready === turn) ready = undefined
      })
      if (pending.length === 0) break
    }
  })
}

async function deliver(frame: Buffer, to: Socket, fate: Fate | Hold): Promise<void> {
  if (typeof fate === 'object') await ('until' in fate ? fate.until : sleep(fate.delayMs))
  if (to.destroyed) return
  if (fate === 'cut') to.destroy()
  else if (fate === 'halve') to.end(frame.subarray(0, Math.ceil(frame.length / 2)), () => to.destroy())
  else to.write(fate === 'double' ? Buffer.concat([frame, frame]) : frame)
}
