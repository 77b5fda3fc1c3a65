/** A server of chats, each in a tenant of its own: it is told of requests, and says what their clients get. */
import { createInterface } from 'node:readline'
import { SessionManager } from '@everthread/core'
import { type Ground, ground, submit, user } from '../../interop/ai-sdk/chat/ground.ts'
import { held } from '../../interop/ai-sdk/chat/long-answer.ts'
import { childArguments, openWhere, say } from '../turns/open-where.ts'
import type { ServerOptions, Told } from './server.ts'

const { where, major, leaseMs } = childArguments<ServerOptions>()
const store = await openWhere(where)
const grounds = new Map<string, Ground>()
const goOn = new Map<string, () => void>()

function groundOf(tenant: string): Ground {
  const sessions = new SessionManager({ store, tenant, lease: { ttlMs: leaseMs } })
  const place = grounds.get(tenant) ?? ground(major, { sessions })
  grounds.set(tenant, place)
  return place
}

async function serve(tenant: string, id: string, at: number): Promise<void> {
  const tell = (told: Omit<Told, 'tenant'>): boolean => say(JSON.stringify({ tenant, ...told }))
  const { begin, answer } = groundOf(tenant)
  const request = held(at)
  goOn.set(tenant, request.goOn)
  void request.reached.then(() => tell({ held: true }))
  const turn = await begin(submit(user(id, 'bikes')))
  const response = await answer(turn, request.script)
  let rest = ''
  for await (const text of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    const events = `${rest}${text}`.split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) if (event !== 'data: [DONE]') tell({ chunk: JSON.parse(event.slice('data: '.length)) })
  }
  tell({ outcome: await turn.ended })
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, tenant = '', id = '', at] = line.split(' ')
  if (verb === 'end') break
  if (verb === 'go') goOn.get(tenant)?.()
  else void serve(tenant, id, Number(at))
}
await store.close()
process.stdin.destroy()
