import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { Places } from '../../src/lifecycle/places.ts'

const partition = { tenant: 't', id: 'places' }
async function* ids(count: number): AsyncGenerator<string> {
  for (let n = 0; n < count; n++) yield `s${n}`
}
async function all(places: Places) {
  const found = []
  for await (const page of places.each()) found.push(...page)
  return found
}

describe('places', () => {
  it('count from the first time on, also thousands that were there before', async () => {
    const places = new Places(memoryStore(), partition)
    expect(await places.take('new', 5_000)).toBe('unknown')
    await places.begin(ids(4_500))
    expect(await places.take('new', 4_501)).toBe('taken')
    expect(await places.take('new', 4_501)).toBe('kept')
    expect(await places.take('other', 4_501)).toBe('full')
    const found = await all(places)
    expect(found).toHaveLength(4_501)
    expect(await places.clear(found.slice(0, 4_000))).toBe(true)
    expect(await places.take('other', 502)).toBe('taken')
    expect(await places.take('one more', 502)).toBe('full')
  })

  it('are never taken by more than there are, by however many processes, and every leave gives one back', async () => {
    const store = memoryStore()
    const processes = [1, 2, 3].map(() => new Places(store, partition))
    await processes[0]?.begin(ids(0))
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, n) => processes[n % 3]?.take(`r${round} ${n}`, 7)),
      )
      expect(answers.filter((answer) => answer === 'taken')).toHaveLength(7)
      expect(answers.filter((answer) => answer === 'full')).toHaveLength(23)
      const taken = await all(processes[0] as Places)
      await Promise.all(taken.map(({ id }, n) => processes[n % 3]?.leave(id)))
      await processes[1]?.leave('nobody')
      expect(await all(processes[2] as Places)).toEqual([])
    }
  })

  it('that somebody else took or left meanwhile are not cleared with a wrong count', async () => {
    const store = memoryStore()
    const [here, there] = [new Places(store, partition), new Places(store, partition)]
    await here.begin(ids(3))
    const seen = await all(here)
    await there.leave('s0')
    expect(await here.clear(seen)).toBe(false)
    expect(await here.clear(seen.filter(({ id }) => id !== 's0'))).toBe(true)
    expect(await here.take('a', 1)).toBe('taken')
    expect(await there.take('b', 1)).toBe('full')
  })
})
