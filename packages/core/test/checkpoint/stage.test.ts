import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { changeOf, newRow } from '../../src/checkpoint/session-change.ts'
import { Stage } from '../../src/checkpoint/stage.ts'
import { allRows, HookedStore } from './hooked-store.ts'
import { Scene, say } from './scene.ts'

const place = { tenant: 'default', id: 'chat' }
const encoder = new TextEncoder()

const rowOf = (key: string, size = 10) => ({ key, value: encoder.encode('x'.repeat(size)) })

/** More than one commit takes, and none of it what any session has. */
async function layMuch(store: Store): Promise<Stage> {
  const stage = await Stage.begin(store, place)
  for (let i = 0; i < 4_500; i++) await stage.add(rowOf(`c/./${String(i).padStart(5, '0')}`))
  return stage
}

describe('a session that is being laid down', () => {
  it('is not seen before it is whole', async () => {
    const store = memoryStore()
    const stage = await layMuch(store)
    expect((await allRows(store, place)).length).toBeGreaterThan(2_000)
    expect(await new Scene(store).engine.session('chat')).toBeUndefined()
    expect(await new Scene(store).load()).toBeUndefined()
    await stage.finish(changeOf('chat', undefined, newRow(5), 5))
    expect((await new Scene(store).engine.session('chat'))?.createdAt).toBe(5)
    expect(await allRows(store, place)).toHaveLength(4_501)
  })

  it('brings what refers to entries after the entries, whatever came first', async () => {
    const store = new HookedStore(memoryStore())
    const seen: string[][] = []
    store.beforeCommit = ({ ops }) => {
      seen.push(ops.flatMap((op) => ('put' in op ? [op.put] : [])))
    }
    const stage = await Stage.begin(store, place)
    await stage.add(rowOf('c/./1'))
    await stage.add(rowOf('m/a', 4_000_000))
    await stage.add(rowOf('m/b'))
    await stage.finish(changeOf('chat', undefined, newRow(5), 5))
    expect(seen).toEqual([['preparing'], ['m/a'], ['m/b'], ['c/./1', 's']])
  })

  it('leaves nothing to a session that is made in its place', async () => {
    for (const make of [
      (scene: Scene) => scene.put(1, undefined, { messages: [say('a')] }),
      (scene: Scene) => scene.engine.rows.create('chat', {}),
    ]) {
      const store = memoryStore()
      const stage = await layMuch(store)
      const scene = new Scene(store)
      await make(scene)
      expect((await allRows(store, place)).filter(({ value }) => value.length === 10)).toEqual([])
      await expect(stage.finish(changeOf('chat', undefined, newRow(5), 5))).rejects.toMatchObject({
        code: 'SESSION_EXISTS',
      })
      await scene.put(2, undefined, { messages: [say('b')] })
      expect(await new Scene(store).channels()).toEqual({ messages: [say('b')] })
    }
  })

  it('gives way to one that begins later', async () => {
    const store = memoryStore()
    const first = await layMuch(store)
    const second = await Stage.begin(store, place)
    await second.add(rowOf('m/second'))
    await expect(first.finish(changeOf('chat', undefined, newRow(5), 5))).rejects.toMatchObject({
      code: 'SESSION_EXISTS',
    })
    await first.abandon()
    await second.finish(changeOf('chat', undefined, newRow(6), 6))
    expect((await allRows(store, place)).map(({ key }) => key)).toEqual(['m/second', 's'])
  })

  it('is taken away when it is abandoned, and forgotten an hour after it was cut off', async () => {
    let now = 1_000_000
    const store = memoryStore({ clock: () => now })
    await (await layMuch(store)).abandon()
    expect(await allRows(store, place)).toEqual([])
    await layMuch(store)
    now += 3_600_000
    expect(await allRows(store, place)).toEqual([])
  })
})

it('a copy keeps what is left of the time to live of its rows', async () => {
  let now = 1_000_000
  const store = memoryStore({ clock: () => now })
  const scene = new Scene(store)
  await scene.chat(1)
  await scene.engine.commit('chat', [{ put: 'c/.x/1', value: encoder.encode('brief'), ttlMs: 1_000 }])
  now += 400
  await scene.engine.copies.copy('chat', 'copy')
  const copy = { tenant: 'default', id: 'copy' }
  expect((await allRows(store, copy, 'c/.x/'))[0]?.until).toBe(1_001_000)
})
