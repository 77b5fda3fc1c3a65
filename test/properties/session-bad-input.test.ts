import { LifecycleManager, type Session, SessionManager } from '@everthread/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, WatchedStore } from '../arbitraries/bad-input.ts'
import { argumentsOf, lifecycleOptions, managerOptions } from '../arbitraries/session-arguments.ts'

/** For each method: more than 10,000 in all in a soak. */
const runs = process.env.EVERTHREAD_SOAK ? 250 : 20

/** What throws at once rather than giving a promise that rejects, as it gives no promise. */
const AT_ONCE = new Set(['as', 'asService', 'open', 'on', 'start', 'stream', 'exportStream', 'follow'])
/** For the other objects here alone; no caller is told of them. */
const INTERNAL = new Set(['show', 'seen'])

type Methods = Record<string, (...args: unknown[]) => unknown>

/** Methods of its own, and those of its classes. */
function methodsOf(object: object): Map<string, string | symbol> {
  const found = new Map<string, string | symbol>()
  for (let at: object | null = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) {
      const { value } = Object.getOwnPropertyDescriptor(at, key) ?? {}
      if (typeof value === 'function' && key !== 'constructor' && !INTERNAL.has(String(key)))
        found.set(String(key), key)
    }
  }
  return found
}

/** A store with sessions of two users, one of them with something in all its parts. */
class Ground {
  readonly store: WatchedStore = new WatchedStore()
  readonly sessions: SessionManager = new SessionManager({
    store: this.store,
    templates: { support: { systemPrompt: 'Be brief.' } },
  })

  /** As it was, whatever was done to it before. */
  async session(): Promise<Session> {
    await this.sessions.as({ userId: 'bob' }).getOrCreate('two')
    const { session, created } = await this.sessions.as({ userId: 'ada' }).getOrCreate('one', { agentId: 'guide' })
    if (!created) return session
    await session.messages.append([
      { id: 'a', role: 'user', parts: [{ type: 'text', content: 'Hello' }] },
      { id: 'b', role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 'search', arguments: {} }] },
    ])
    await session.branches.fork({ from: 'a', name: 'side' })
    await session.checkpoints.save({ step: 1 })
    return session
  }
}

/** How to come by each object. A closed manager, and an ended lock, are none to go on with. */
const objects: Record<string, (ground: Ground) => object | Promise<object>> = {
  manager: () => new Ground().sessions,
  user: async (ground) => {
    await ground.session()
    return ground.sessions.as({ userId: 'ada' })
  },
  service: async (ground) => {
    await ground.session()
    return ground.sessions.asService()
  },
  session: (ground) => ground.session(),
  lifecycle: () => new LifecycleManager({ sessions: new Ground().sessions }),
  shared: async (ground) => {
    const { token } = await (await ground.session()).share()
    return (await ground.sessions.asService().openShare(token)) as object
  },
  lock: async (ground) => (await ground.session()).lock({ ttl: 60_000 }),
}

async function partsOf(ground: Ground): Promise<string[]> {
  const all = Object.entries(await ground.session())
  return all.filter(([, value]) => typeof value === 'object' && value !== null).map(([name]) => name)
}

const names = Object.keys(argumentsOf)

describe('bad input', () => {
  it('is known for each part of a session', async () => {
    expect([...Object.keys(objects), ...(await partsOf(new Ground()))].sort()).toEqual(names.toSorted())
  })

  it.each(names)('to %s is refused with an error of ours that changes nothing, by every method', async (name) => {
    const ground = new Ground()
    const open = objects[name] ?? (async () => (await ground.session())[name as 'messages'])
    const given = argumentsOf[name] ?? {}
    const methods = methodsOf(await open(ground))
    if (name === 'lock') await ((await open(new Ground())) as Methods).release?.()
    expect(Object.keys(given).sort()).toEqual([...methods.keys()].sort())
    const calls = Object.entries(given).map(([method, args]) =>
      fc.record({ method: fc.constant(method), args: fc.tuple(...args) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(...calls), async ({ method, args }) => {
        const own = name === 'lock' ? new Ground() : ground
        const object = (await open(own)) as Methods
        await attempt(() => {
          const result = object[methods.get(method) as string]?.(...args)
          if (!AT_ONCE.has(method)) expect(result).toBeInstanceOf(Promise)
          return result
        }, own.store)
        if (name === 'lifecycle') await object.stop?.()
      }),
      { numRuns: runs * methods.size },
    )
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
    if (name === 'user') expect(await ground.sessions.asService().exists('two')).toBe(true)
  })

  it('makes no manager', async () => {
    const store = new WatchedStore()
    const make = (given: unknown) => attempt(() => new SessionManager(given as never), store)
    await fc.assert(fc.asyncProperty(managerOptions(store), make), { numRuns: runs * 10 })
  })

  it('makes no lifecycle manager', async () => {
    const { sessions, store } = new Ground()
    const make = (given: unknown) => attempt(() => new LifecycleManager(given as never), store)
    await fc.assert(fc.asyncProperty(lifecycleOptions(sessions), make), { numRuns: runs * 10 })
  })
})
