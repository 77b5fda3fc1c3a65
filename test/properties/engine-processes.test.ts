import { type Candidate, createStore, EverthreadError, type Store } from '@everthread/core'
import { memoryDriver } from '@everthread/core/memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { checkpointId, type Said, Scene, say } from '../../packages/core/test/checkpoint/scene.ts'

/**
 * Several processes put, write, prune and read one session at the same time, on a store whose replies get lost. What
 * was acknowledged and not pruned reads back as it was put, in every process; what was not acknowledged, too, or is
 * not there at all.
 */
interface Known {
  channels: Record<string, unknown>
  writes: Map<string, unknown>
  /** False while a lost reply leaves open whether it is stored. */
  certain: boolean
}

const PROCESSES = 3

const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      by: fc.nat(PROCESSES - 1),
      from: fc.nat(),
      edit: fc.nat(5),
      inside: fc.nat(9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      by: fc.nat(PROCESSES - 1),
      from: fc.nat(),
      size: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('prune' as const), by: fc.nat(PROCESSES - 1), from: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('load' as const), by: fc.nat(PROCESSES - 1), from: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), by: fc.nat(PROCESSES - 1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('lose' as const), by: fc.nat(PROCESSES - 1), after: fc.boolean() }),
  },
)
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

class World {
  readonly #driver = memoryDriver()
  readonly known = new Map<number, Known>()
  readonly #stores: HookedStore[] = []
  readonly #scenes: Scene[] = []
  #next = 10

  constructor() {
    for (let by = 0; by < PROCESSES; by++) this.restart(by)
  }

  open(): Store {
    return createStore(this.#driver)
  }

  restart(by: number): void {
    const store = new HookedStore(this.open())
    this.#stores[by] = store
    this.#scenes[by] = new Scene(store, { cacheBytes: by === 0 ? 0 : 200_000 })
  }

  async act(action: Action): Promise<void> {
    const scene = this.#scenes[action.by] as Scene
    const store = this.#stores[action.by] as HookedStore
    const certain = [...this.known].filter(([, { certain }]) => certain).map(([n]) => n)
    const from = 'from' in action && certain.length > 0 ? certain[action.from % certain.length] : undefined
    if (action.kind === 'restart') this.restart(action.by)
    else if (action.kind === 'lose') {
      const lose = (): never => {
        store.beforeCommit = undefined
        store.afterCommit = undefined
        throw new EverthreadError('STORE_UNAVAILABLE', 'The reply was lost', { committed: 'unknown' })
      }
      if (action.after) store.afterCommit = lose
      else store.beforeCommit = lose
    } else if (action.kind === 'put') await this.#put(scene, from, action)
    else if (from === undefined) return
    else if (action.kind === 'write') await this.#write(scene, from, action.size)
    else if (action.kind === 'load') await this.#compare(scene, from)
    else await this.#prune(scene, from)
  }

  async #put(
    scene: Scene,
    from: number | undefined,
    { edit, inside }: { edit: number; inside: number },
  ): Promise<void> {
    // Now and then an id that falls among older ones.
    this.#next += 10
    const n = inside === 0 && this.#next > 800 ? this.#next - 795 : this.#next
    const before = from === undefined ? {} : (this.known.get(from)?.channels ?? {})
    const channels = { ...before, ...edited(before, n, edit) }
    const changed = edited(before, n, edit)
    await this.#try(n, { channels, writes: new Map(), certain: false }, () => scene.put(n, from, changed))
  }

  async #try(n: number, known: Known, put: () => Promise<void>): Promise<void> {
    this.known.set(n, known)
    try {
      await put()
      known.certain = true
    } catch (error) {
      if (!EverthreadError.isInstance(error)) throw error
      expect(['STORE_UNAVAILABLE', 'CHECKPOINT_GONE']).toContain(error.code)
      if (error.committed === 'no') this.known.delete(n)
    }
  }

  async #write(scene: Scene, from: number, size: number): Promise<void> {
    const task = `task${this.#next++}`
    const value = [say(`w${from}`, 'late words '.repeat(size * 60)), say(`x${this.#next}`)]
    try {
      await scene.write(from, task, { messages: value })
      this.known.get(from)?.writes.set(task, value)
    } catch (error) {
      if (!EverthreadError.isInstance(error)) throw error
      expect(['STORE_UNAVAILABLE', 'CHECKPOINT_GONE']).toContain(error.code)
    }
  }

  async #prune(scene: Scene, from: number): Promise<void> {
    const removed = new Set<string>()
    const keep = (candidates: Candidate[]): Set<Candidate> => {
      removed.clear()
      // Each other old one goes; those that this call does not know of stay.
      const old = candidates.filter(({ record }) => record.id < checkpointId(from))
      for (const [i, { record }] of old.entries()) if (i % 2 === 0) removed.add(record.id)
      return new Set(candidates.filter(({ record }) => !removed.has(record.id)))
    }
    const forget = (): void => {
      for (const n of this.known.keys()) if (removed.has(checkpointId(n))) this.known.delete(n)
    }
    try {
      await scene.engine.prune('chat', keep)
      forget()
    } catch (error) {
      if (!EverthreadError.isInstance(error)) throw error
      expect(error.code).toBe('STORE_UNAVAILABLE')
      for (const [n, known] of this.known) if (removed.has(checkpointId(n))) known.certain = false
    }
  }

  async #compare(scene: Scene, n: number): Promise<void> {
    const known = this.known.get(n)
    const written = new Map(known?.writes)
    const loaded = await scene.load(n)
    // Another process may have pruned it while this one was reading.
    if (!loaded && (!known?.certain || !this.known.has(n))) return
    expect(loaded?.channels).toEqual(known?.channels)
    const writes = new Map(loaded?.writes.map(({ task, value }) => [task, value]))
    for (const [task, value] of written) expect(writes.get(task)).toEqual(value)
  }

  async check(): Promise<void> {
    for (const scene of [...this.#scenes, new Scene(this.open())]) {
      for (const n of this.known.keys()) await this.#compare(scene, n)
      const listed: string[] = []
      for await (const { id, channels } of scene.engine.list('chat', {})) {
        listed.push(id)
        const known = [...this.known].find(([n]) => checkpointId(n) === id)?.[1]
        if (known) expect(channels).toEqual(known.channels)
      }
      expect(listed).toEqual(listed.toSorted().toReversed())
      for (const [n, { certain }] of this.known) if (certain) expect(listed).toContain(checkpointId(n))
    }
  }
}

function edited(before: Record<string, unknown>, n: number, edit: number): Record<string, unknown> {
  const messages = (before.messages ?? []) as Said[]
  const files = (before.files ?? {}) as Record<string, unknown>
  const more = [say(`m${n}`, `words of ${n} `.repeat((n % 5) * 30)), say(`n${n}`)]
  if (edit === 0) return { messages: messages.slice(0, -1) }
  if (edit === 1) return { messages: messages.map((message, i) => (i === n % 3 ? say(`e${n}`) : message)) }
  if (edit === 2) return { files: { ...files, [`file${n % 7}`]: { text: `file ${n} `.repeat(100) } } }
  if (edit === 3) return { small: n, messages: [...messages, ...more] }
  return { messages: [...messages, ...more] }
}

const runs = Number(process.env.EVERTHREAD_PROPERTY_RUNS ?? 25)

describe('processes on one session', () => {
  it('one after the other, lose and mix up nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 250, size: 'max' }), async (actions) => {
        const world = new World()
        for (const one of actions) await world.act(one)
        await world.check()
      }),
      { numRuns: runs },
    )
  })

  it('at the same time, lose and mix up nothing', async () => {
    const together = fc.array(action, { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.array(together, { minLength: 10, maxLength: 80, size: 'max' }), async (rounds) => {
        const world = new World()
        for (const round of rounds) await Promise.all(round.map((one) => world.act(one)))
        await world.check()
      }),
      { numRuns: runs },
    )
  })
})
