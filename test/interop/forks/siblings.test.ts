import type { EverthreadSaver } from '@everthread/langchain-adapter'
import { describe, expect, it } from 'vitest'
import { memory } from '../subjects/memory.ts'
import { postgres } from '../subjects/postgres.ts'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'
import { configurable, type Known, listed, putChild } from './branch.ts'

const CHILDREN = 3
const LEVELS = 3

/** In the order in which the tree is put: each node's children at once, or a branch to its end before the next. */
const orders = ['level by level', 'branch by branch'] as const

const ways = [
  { by: 'one saver', share: false, fresh: false },
  { by: 'one saver that shares objects', share: true, fresh: false },
  { by: 'a new saver for each', share: false, fresh: true },
]

async function plant(order: (typeof orders)[number], thread: string, next: () => EverthreadSaver): Promise<Known[]> {
  const planted: { known: Known; name: string }[] = []
  const put = async (parent: { known: Known; name: string } | undefined, child: number) => {
    const name = parent ? `${parent.name}.${child}` : `${child}`
    const made = { known: await putChild(next(), thread, parent?.known, name), name }
    planted.push(made)
    return made
  }
  let level = [await put(undefined, 0)]
  if (order === 'level by level') {
    for (let depth = 0; depth < LEVELS; depth++) {
      const below: typeof level = []
      for (const parent of level) for (let i = 0; i < CHILDREN; i++) below.push(await put(parent, i))
      level = below
    }
  } else {
    const descend = async (parent: (typeof level)[number], depth: number): Promise<void> => {
      if (depth === LEVELS) return
      for (let i = 0; i < CHILDREN; i++) await descend(await put(parent, i), depth + 1)
    }
    await descend(level[0] as (typeof level)[number], 0)
  }
  return planted.map(({ known }) => known)
}

describe.each([memory, sqlite, redis, postgres])('siblings, three levels deep, on $name', (subject) => {
  const bench = new Bench(subject)

  for (const order of orders) {
    for (const { by, share, fresh } of ways) {
      it(`put ${order} by ${by}, each reads back its own values in every channel`, async () => {
        const thread = crypto.randomUUID()
        const one = bench.saver({ share })
        const tree = await plant(order, thread, () => (fresh ? bench.saver({ share }) : one))
        expect(tree).toHaveLength(40)
        for (const reader of [one, bench.saver({ store: bench.open() })]) {
          for (const { config, state, parent } of tree) {
            const tuple = await reader.getTuple(config)
            expect(tuple?.checkpoint.channel_values).toEqual(state)
            expect(tuple?.parentConfig?.configurable?.checkpoint_id).toBe(parent)
          }
          const all = await listed(reader, thread)
          expect(all.size).toBe(tree.length)
          for (const { config, state } of tree) {
            const id = configurable(config).checkpoint_id as string
            expect(all.get(id)?.checkpoint.channel_values).toEqual(state)
          }
        }
      })
    }
  }
})
