import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { runCommand, SessionManager } from '../../src/index.ts'
import { HookedStore } from '../checkpoint/hooked-store.ts'

const ill = '\ud800'
const long = 'x'.repeat(5_000)
const session = () => new SessionManager({ store: memoryStore() }).as({ userId: 'ada' }).create({ id: 'chat' })

describe('what cannot be is refused by its own code', () => {
  it.each([
    [
      'unknown options of a turn',
      async () => (await session()).turn(() => 1, { onbusy: 'reject' } as never),
      'TURN_OPTIONS_INVALID',
    ],
    [
      'a list as the options of a turn',
      async () => (await session()).turn(() => 1, [] as never),
      'TURN_OPTIONS_INVALID',
    ],
    [
      'a time that is a text',
      async () => (await session()).turn(() => 1, { timeout: '5' as never }),
      'TURN_OPTIONS_INVALID',
    ],
    [
      'a share that nothing makes a number of',
      async () => (await session()).context.build({ replan: { headroom: { toString: false } as never } }),
      'CONTEXT_OPTIONS_INVALID',
    ],
    [
      'a share that is a text',
      async () => (await session()).context.build({ replan: { headroom: '0.2' as never } }),
      'CONTEXT_OPTIONS_INVALID',
    ],
    ['a key of data that is ill-formed', async () => (await session()).data.set(ill, 1), 'DATA_KEY_INVALID'],
    [
      'metadata that is none, in a change',
      async () => (await session()).update({ metadata: 7 as never }),
      'METADATA_INVALID',
    ],
    [
      'a place in the list of checkpoints',
      async () => (await session()).checkpoints.list({ before: ill }),
      'LIST_INVALID',
    ],
    ['a checkpoint to restore', async () => (await session()).checkpoints.restore(long), 'CHECKPOINT_NOT_FOUND'],
    ['a command for no session', () => runCommand(undefined as never, '/status'), 'COMMAND_INVALID'],
    [
      'unknown options of a command',
      async () => runCommand(await session(), '/status', { window: 1 } as never),
      'COMMAND_INVALID',
    ],
  ])('%s', async (_, act, code) => {
    await expect(act()).rejects.toMatchObject({ code })
  })

  it.each([
    ['tenant', ill, 'TENANT_INVALID'],
    ['tenant', long, 'TENANT_INVALID'],
    ['tenant', 'a\nb', 'TENANT_INVALID'],
    ['tenant', '__proto__', 'TENANT_INVALID'],
    ['keys', [], 'KEYS_INVALID'],
    ['titles', [], 'TITLES_INVALID'],
    ['checkpoints', [], 'OPTIONS_INVALID'],
  ])('the option %s as %j', (name, value, code) => {
    expect(() => new SessionManager({ store: memoryStore(), [name]: value })).toThrow(expect.objectContaining({ code }))
  })

  it('an id that no checkpoint has is that of none', async () => {
    const { checkpoints } = await session()
    for (const id of [ill, long, 'none', '']) expect(await checkpoints.get(id)).toBeUndefined()
  })
})

describe('what is reactive elsewhere', () => {
  it('is taken for the plain JSON that it is', async () => {
    const chat = await session()
    const parts = [{ type: 'text', content: 'Hello' }]
    const reactive = new Proxy({ role: 'user', parts: new Proxy(parts, {}), metadata: new Proxy({ a: 1 }, {}) }, {})
    await chat.messages.append(reactive)
    await chat.turn((turn) => {
      turn.emit(reactive)
      turn.append(reactive)
    })
    expect(await chat.messages.list()).toMatchObject([{ parts, metadata: { a: 1 } }, { parts }])
  })
})

describe('counting', () => {
  it('reads no session where an index is of just those that are counted', async () => {
    const store = new HookedStore(memoryStore())
    const sessions = new SessionManager({ store })
    await sessions.as({ userId: 'bob' }).create({ agentId: 'guide' })
    const ada = sessions.as({ userId: 'ada' })
    await ada.createMany(Array.from({ length: 60 }, (_, n) => ({ agentId: n % 2 ? 'guide' : 'coach' })))
    let reads = 0
    store.beforeRead = () => void reads++
    const service = sessions.asService()
    expect([await ada.count(), await service.count(), await service.count({ agentId: 'guide' })]).toEqual([60, 61, 31])
    expect(reads).toBe(0)
    expect([await ada.count({ agentId: 'guide' }), await ada.count({ state: 'active' })]).toEqual([30, 60])
    expect(reads).toBeGreaterThan(60)
  })
})
