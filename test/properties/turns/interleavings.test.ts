import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Log, PARTITION, TTL, Worker } from './worker.ts'

const soak = Boolean(process.env.EVERTHREAD_SOAK)

/** What may happen next: a worker commits, a worker dies, or time passes. */
type Event = { worker: number; dies?: boolean } | { ms: number }

interface World {
  log: Log
  workers: Worker[]
  happen(event: Event): Promise<void>
  keys(): Promise<string[]>
  pass(ms: number): void
}

function newWorld(workerCount: number, turns: number): World {
  let now = 1_000_000
  const store = memoryStore({ clock: () => now })
  const log: Log = { holds: [], commits: [] }
  const workers = Array.from({ length: workerCount }, (_, i) => new Worker(`worker ${i}`, turns, { store, log }))
  return {
    log,
    workers,
    pass: (ms) => {
      now += ms
    },
    async happen(event) {
      if ('ms' in event) {
        now += event.ms
        return
      }
      const worker = workers[event.worker]
      if (event.dies) worker?.crash()
      else await worker?.next()
    },
    async keys() {
      const { rows } = await store.read(PARTITION, [{ prefix: '', limit: 100 }])
      return (rows[0] ?? []).map(({ key }) => key)
    },
  }
}

/** Every commit that the store took was the newest holder's. */
function expectOneWinner({ log }: World): void {
  for (const { hold, newest } of log.commits) expect(hold).toBe(newest)
}

/** From here nobody dies, and all are served in turn: everyone gets through, and nothing is left. */
async function expectAllServed(world: World): Promise<void> {
  for (let rounds = 0; !world.workers.every((worker) => worker.isDone); rounds++) {
    expect(rounds).toBeLessThan(200)
    for (const worker of world.workers) await worker.next()
    world.pass(TTL / 20)
  }
  // A worker that died waiting leaves a ticket, which runs out.
  world.pass(TTL)
  const left = (await world.keys()).filter((key) => !key.startsWith('u/') && key !== 'work')
  expect(left).toEqual([])
}

async function explore(world: World, events: Event[]): Promise<void> {
  for (const event of events) await world.happen(event)
  expectOneWinner(world)
  await expectAllServed(world)
  expectOneWinner(world)
}

describe('turns of several workers, however their commits, deaths and the time interleave', () => {
  it('have one holder at a time, and all get through: every order of a few events of two workers', async () => {
    const alphabet: Event[] = [{ worker: 0 }, { worker: 1 }, { worker: 0, dies: true }, { ms: TTL * 0.6 }]
    const depth = soak ? 8 : 6
    for (let n = 0; n < alphabet.length ** depth; n++) {
      const events = Array.from(
        { length: depth },
        (_, at) => alphabet[Math.floor(n / alphabet.length ** at) % alphabet.length] as Event,
      )
      await explore(newWorld(2, 1), events)
    }
  })

  it('have one holder at a time, and all get through: random orders of many events of two and three workers', async () => {
    const event: fc.Arbitrary<Event> = fc.oneof(
      { weight: 8, arbitrary: fc.record({ worker: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ worker: fc.nat(2), dies: fc.constant(true) }) },
      { weight: 3, arbitrary: fc.record({ ms: fc.constantFrom(1, TTL / 3, TTL * 0.6, TTL - 1, TTL, TTL * 2) }) },
    )
    const run = fc.asyncProperty(
      fc.integer({ min: 2, max: 3 }),
      fc.array(event, { maxLength: 80 }),
      async (workers, events) => explore(newWorld(workers, 3), events),
    )
    await fc.assert(run, { numRuns: soak ? 20_000 : 500 })
  })
})
