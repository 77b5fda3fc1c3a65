import { randomUUID } from 'node:crypto'
import { SessionManager, type Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { emptyCheckpoint, uuid6 } from '@langchain/langgraph-checkpoint'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { scripts } from '../../packages/core/src/stores/redis/scripts.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type FaultyProxy, startProxy } from './proxy.ts'

const { 'read-n': read, 'commit-1': commit, 'stage-1': stage } = scripts
const awaited = new Set([read, commit, stage].flatMap(({ sha, text }) => [sha, text]))

describe('round trips of a checkpointer on Redis, counted on the wire', () => {
  let server: RedisServer
  let proxy: FaultyProxy
  let store: Store
  let saver: EverthreadSaver
  let thread: string

  beforeAll(async () => {
    server = await startRedis()
    proxy = await startProxy(server)
    store = redisStore(proxy.url)
    await store.read({ tenant: 'warm', id: 'up' }, [])
  })
  beforeEach(() => {
    thread = randomUUID()
    saver = new EverthreadSaver({ store })
  })
  afterAll(async () => {
    await store.close()
    await proxy.stop()
    await server.stop()
  })

  /** How many commands the work sends; without the sweep of an index, which nobody waits for. */
  async function commandsOf(work: () => Promise<unknown>): Promise<number> {
    proxy.requests.length = 0
    await work()
    return proxy.requests.filter(([, script = '']) => awaited.has(script)).length
  }

  const place = (checkpointId?: string) => ({
    configurable: { thread_id: thread, checkpoint_ns: '', ...(checkpointId ? { checkpoint_id: checkpointId } : {}) },
  })

  async function putTurn(turn: number, parent?: string, by: EverthreadSaver = saver): Promise<string> {
    const messages = Array.from({ length: turn + 1 }, (_, at) =>
      at % 2 === 0
        ? new HumanMessage({ id: `m${at}`, content: `question ${at}` })
        : new AIMessage({ id: `m${at}`, content: `answer ${at}` }),
    )
    const checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(turn),
      channel_values: { messages },
      channel_versions: { messages: turn + 1 },
    }
    await by.put(place(parent), checkpoint, { source: 'loop', step: turn, parents: {} }, { messages: turn + 1 })
    return checkpoint.id
  }

  it('putting a checkpoint is one, once the session is there', async () => {
    const first = await putTurn(0)
    const second = await putTurn(1, first)
    expect(await commandsOf(() => putTurn(2, second))).toBe(1)
  })

  it('is as few in a session that a manager made, which activity keeps from expiring', async () => {
    const sessions = new SessionManager({ store })
    const session = await sessions.as({ userId: 'ada' }).create({ id: thread, agentId: 'guide', ttl: 3_600_000 })
    const first = await putTurn(0)
    expect(await commandsOf(() => putTurn(1, first))).toBe(1)
    expect(await commandsOf(() => saver.getTuple(place()))).toBe(1)
    const said = { role: 'user', parts: [{ type: 'text' as const, content: 'hello' }] }
    await session.messages.append(said)
    expect(await commandsOf(() => session.messages.append(said))).toBe(1)
    expect(await commandsOf(() => session.refresh())).toBe(1)
    expect(await commandsOf(() => sessions.as({ userId: 'ada' }).get(thread))).toBe(1)
  })

  it('making a session is one after its entries in three indexes, which go together; a limit is one more', async () => {
    const sessions = new SessionManager({ store, limits: { perUser: { max: 100, onLimit: 'reject' } } })
    const free = new SessionManager({ store }).as({ userId: 'ada' })
    const limited = sessions.as({ userId: thread })
    await Promise.all([free.create(), limited.create()])
    expect(await commandsOf(() => free.create())).toBe(3 + 1)
    expect(await commandsOf(() => limited.create())).toBe(3 + 1 + 1)
  })

  it('putting pending writes is one', async () => {
    const id = await putTurn(0)
    expect(await commandsOf(() => saver.putWrites(place(id), [['messages', ['x']]], 'task'))).toBe(1)
  })

  it('getting the newest is one for a saver that has seen the thread', async () => {
    await putTurn(1, await putTurn(0))
    await saver.getTuple(place())
    expect(await commandsOf(() => saver.getTuple(place()))).toBe(1)
  })

  it('getting the newest is at most two for a saver that has not', async () => {
    await putTurn(1, await putTurn(0))
    const cold = new EverthreadSaver({ store })
    expect(await commandsOf(() => cold.getTuple(place()))).toBeLessThanOrEqual(2)
  })
})
