import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fate } from './proxy.ts'

export interface PostgresProxy {
  /** The server's URL, by way of this proxy. */
  readonly url: string
  /** The statements that came by: the text of each, in order. */
  readonly statements: string[]
  /** Called with a statement's text before it is passed on, and again for its reply. */
  onStatement: (text: string) => Fate
  onReply: (text: string) => Fate
  stop(): Promise<void>
}

/** A TCP proxy before a Postgres server that counts statements, and can be told to cut, halve, double and delay. */
export async function startPostgresProxy(target: string): Promise<PostgresProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect({ port: Number(port), host: hostname })
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
    const unanswered: string[] = []
    let starting = true
    pump(client, upstream, 'SQ', true, (request) => {
      const text = textOf(request)
      if (text === undefined) return 'pass'
      unanswered.push(text)
      proxy.statements.push(text)
      return proxy.onStatement(text)
    })
    pump(upstream, client, 'Z', false, () => {
      if (!starting) return proxy.onReply(unanswered.shift() ?? '')
      starting = false
      return 'pass'
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = `${(server.address() as AddressInfo).port}`
  const proxy: PostgresProxy = {
    url: url.href,
    statements: [],
    onStatement: () => 'pass',
    onReply: () => 'pass',
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

/** Passes what comes in units that end with a message of one of the types, each as `judge` says, in their order. */
function pump(from: Socket, to: Socket, ends: string, startsBare: boolean, judge: (unit: Buffer) => Fate): void {
  let pending: Buffer = Buffer.alloc(0)
  let unit: Buffer[] = []
  let isBare = startsBare
  let ready: Promise<void> = Promise.resolve()
  from.on('data', (data) => {
    pending = Buffer.concat([pending, data])
    for (;;) {
      // The first message of a client has no type.
      const header = isBare ? 0 : 1
      if (pending.length < header + 4) return
      const end = header + pending.readUInt32BE(header)
      if (pending.length < end) return
      const message = pending.subarray(0, end)
      pending = pending.subarray(end)
      unit.push(message)
      const isWhole = isBare || ends.includes(String.fromCharCode(message[0] as number)) || isAtOnce(message)
      isBare = false
      if (!isWhole) continue
      const whole = Buffer.concat(unit)
      unit = []
      const fate = judge(whole)
      ready = ready.then(() => deliver(whole, to, fate))
    }
  })
}

/** Authentication must not wait for the end of a unit: the client answers it. Nor must a password or a farewell. */
function isAtOnce(message: Buffer): boolean {
  return 'RpX'.includes(String.fromCharCode(message[0] as number))
}

/** The statement's text, from its Parse (`P`) or Query (`Q`) message. */
function textOf(request: Buffer): string | undefined {
  const type = String.fromCharCode(request[0] as number)
  if (type === 'Q') return request.toString('utf8', 5, request.indexOf(0, 5))
  if (type !== 'P') return undefined
  const text = request.indexOf(0, 5) + 1
  return request.toString('utf8', text, request.indexOf(0, text))
}

async function deliver(unit: Buffer, to: Socket, fate: Fate): Promise<void> {
  if (typeof fate === 'object') await sleep(fate.delayMs)
  if (to.destroyed) return
  if (fate === 'cut') to.destroy()
  else if (fate === 'halve') to.end(unit.subarray(0, Math.ceil(unit.length / 2)), () => to.destroy())
  else to.write(fate === 'double' ? Buffer.concat([unit, unit]) : unit)
}
