import { Annotation, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { at, METADATA, Scene, withCode } from './scene.ts'

const long = 'x'.repeat(10_240)
const checkpoint = { v: 4, id: 'c1', ts: '', channel_values: {}, channel_versions: {}, versions_seen: {} }

describe('a thread id', () => {
  const { saver } = new Scene()

  it('that is missing: nothing can be put, there is nothing to get', async () => {
    const nowhere = { configurable: { checkpoint_ns: '', checkpoint_id: 'c' } }
    await expect(saver.put(nowhere, checkpoint, METADATA, {})).rejects.toThrow(withCode('THREAD_ID_MISSING'))
    await expect(saver.put({}, checkpoint, METADATA, {})).rejects.toThrow(withCode('THREAD_ID_MISSING'))
    await expect(saver.putWrites(nowhere, [['a', 1]], 't')).rejects.toThrow(withCode('THREAD_ID_MISSING'))
    expect(await saver.getTuple({ configurable: {} })).toBeUndefined()
  })

  it.each([
    ['empty', ''],
    ['an object', {}],
    ['a list', ['a']],
    ['NaN', Number.NaN],
    ['true', true],
  ])('that is %s is refused everywhere', async (_, thread_id) => {
    const config = { configurable: { thread_id, checkpoint_ns: '', checkpoint_id: 'c' } }
    const refused = withCode('THREAD_ID_INVALID')
    await expect(saver.put(config, checkpoint, METADATA, {})).rejects.toThrow(refused)
    await expect(saver.putWrites(config, [['a', 1]], 't')).rejects.toThrow(refused)
    await expect(saver.getTuple(config)).rejects.toThrow(refused)
    await expect(saver.list(config).next()).rejects.toThrow(refused)
    await expect(saver.deleteThread(thread_id as string)).rejects.toThrow(refused)
    await expect(saver.copyThread(thread_id as string, 'b')).rejects.toThrow(refused)
    await expect(saver.copyThread('a', thread_id as string)).rejects.toThrow(refused)
  })

  it.each([
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['10 KB', long],
    ['__proto__', '__proto__'],
    ['half a pair', '\ud800'],
  ])('with %s is refused everywhere', async (_, thread) => {
    const scene = new Scene()
    const refused = withCode('ID_INVALID')
    await expect(scene.put({ a: 1 }, { thread })).rejects.toThrow(refused)
    const config = { configurable: { thread_id: thread, checkpoint_ns: '', checkpoint_id: 'c' } }
    await expect(scene.saver.putWrites(config, [['a', 1]], 't')).rejects.toThrow(refused)
    await expect(scene.saver.getTuple(at(thread))).rejects.toThrow(refused)
    await expect(scene.saver.deleteThread(thread)).rejects.toThrow(refused)
  })

  it('may be a number, which is its text', async () => {
    const scene = new Scene()
    const config = { configurable: { thread_id: 7, checkpoint_ns: '' } }
    await scene.saver.put(config, checkpoint, METADATA, {})
    expect((await scene.saver.getTuple(at('7')))?.checkpoint.id).toBe('c1')
  })
})

const odd = ['a/b', 'a:b', 'a|b', 'a{b}', '{}', 'a%2Fb', 'a*b', '..', '.', '~', 'ünï-🧵', ' ', "a'b", '$']

describe('ids with separators', () => {
  it.each(odd)('%j as a thread is a thread of its own', async (thread) => {
    const scene = new Scene()
    for (const name of [...odd, 'a', 'b', 'a/', '/b']) await scene.put({ of: name }, { thread: name })
    expect((await scene.another().getTuple(at(thread)))?.checkpoint.channel_values).toEqual({ of: thread })
    await scene.saver.deleteThread(thread)
    expect(await scene.another().getTuple(at(thread))).toBeUndefined()
    for (const other of odd.filter((name) => name !== thread)) {
      expect((await scene.another().getTuple(at(other)))?.checkpoint.channel_values).toEqual({ of: other })
    }
  })

  it.each([...odd, '__proto__', 'constructor', 'toString', 'a\nb', 'a\tb', 'a\0b'])(
    '%j as a namespace, channel, task and checkpoint',
    async (name) => {
      const scene = new Scene()
      const values = Object.fromEntries([
        [name, { in: name }],
        [`${name}/x`, 'other'],
      ])
      const parent = await scene.put(values, { namespace: name, id: `${name}1` })
      await scene.put({ a: 1 }, { namespace: `${name}/x`, id: `${name}2` })
      await scene.saver.putWrites(
        parent,
        [
          [name, 1],
          ['x', 2],
        ],
        name,
        name,
      )
      await scene.saver.putWrites(parent, [[name, 3]], `${name}/0`)
      const tuple = await scene.another().getTuple(at('thread', name))
      expect(tuple?.checkpoint.id).toBe(`${name}1`)
      expect(Object.entries(tuple?.checkpoint.channel_values ?? {})).toEqual(Object.entries(values))
      expect(new Set(tuple?.pendingWrites)).toEqual(
        new Set([
          [name, name, 1],
          [name, 'x', 2],
          [`${name}/0`, name, 3],
        ]),
      )
    },
  )
})

describe('a place that no key can name', () => {
  it.each([
    ['a namespace of 10 KB', { namespace: long }, 'CHECKPOINT_NS_INVALID'],
    ['a checkpoint id of 10 KB', { id: long }, 'CHECKPOINT_ID_INVALID'],
    ['an empty checkpoint id', { id: '' }, 'CHECKPOINT_ID_INVALID'],
  ])('%s is refused, and nothing is written', async (_, options, code) => {
    const scene = new Scene()
    await scene.put({ a: 'x'.repeat(1_000) })
    const before = await scene.rows()
    await expect(scene.put({ a: 'y'.repeat(1_000) }, options)).rejects.toThrow(withCode(code))
    expect(await scene.rows()).toEqual(before)
  })

  it('a task id of 10 KB is refused, and nothing is written', async () => {
    const scene = new Scene()
    const config = await scene.put({ a: 1 })
    const before = await scene.rows()
    await expect(scene.saver.putWrites(config, [['a', 1]], long)).rejects.toThrow(withCode('TASK_ID_INVALID'))
    expect(await scene.rows()).toEqual(before)
  })

  it('a namespace or checkpoint id that is no string, or too long, is refused', async () => {
    const { saver } = new Scene()
    const namespace = { configurable: { thread_id: 'a', checkpoint_ns: 7 } }
    const id = { configurable: { thread_id: 'a', checkpoint_id: 7 } }
    const longId = { configurable: { thread_id: 'a', checkpoint_id: long } }
    await expect(saver.getTuple(namespace)).rejects.toThrow(withCode('CHECKPOINT_NS_INVALID'))
    await expect(saver.getTuple(id)).rejects.toThrow(withCode('CHECKPOINT_ID_INVALID'))
    await expect(saver.getTuple(longId)).rejects.toThrow(withCode('CHECKPOINT_ID_INVALID'))
  })

  it('writes without a checkpoint to belong to are refused', async () => {
    const { saver } = new Scene()
    await expect(saver.putWrites(at('a'), [['a', 1]], 't')).rejects.toThrow(withCode('CHECKPOINT_ID_MISSING'))
  })
})

describe('what is not there', () => {
  it('a thread, a namespace, a checkpoint: undefined', async () => {
    const scene = new Scene()
    const { saver } = scene
    await scene.put({ a: 1 })
    expect(await saver.getTuple(at('other'))).toBeUndefined()
    expect(await saver.getTuple(at('thread', 'other'))).toBeUndefined()
    for (const checkpoint_id of ['0', 'zzz', crypto.randomUUID(), '__proto__']) {
      const config = { configurable: { thread_id: 'thread', checkpoint_ns: '', checkpoint_id } }
      expect(await saver.getTuple(config)).toBeUndefined()
      expect(await saver.getTuple({ configurable: { ...config.configurable, thread_id: 'none' } })).toBeUndefined()
    }
  })
})

const cyclic: Record<string, unknown> = { words: 'x'.repeat(600) }
cyclic.self = cyclic
const deep = (): unknown => {
  let value: unknown = 1
  for (let i = 0; i < 100_000; i++) value = [value]
  return value
}

const unstorable: [string, unknown, string][] = [
  ['a cycle', cyclic, 'VALUE_CYCLIC'],
  ['a function', { run: () => 1 }, 'VALUE_UNSUPPORTED'],
  ['a symbol', { tag: Symbol('x') }, 'VALUE_UNSUPPORTED'],
  ['a class', class A {}, 'VALUE_UNSUPPORTED'],
  ['a list with a function', [1, () => 1], 'VALUE_UNSUPPORTED'],
  ['a value 100,000 levels deep', deep(), 'VALUE_TOO_DEEP'],
]

describe.each(unstorable)('state with %s', (_, value, code) => {
  it('is refused by put, and nothing is written', async () => {
    const scene = new Scene()
    const parent = await scene.put({ good: 'x'.repeat(1_000), bad: 1 })
    const before = await scene.rows()
    await expect(scene.put({ good: 'y'.repeat(1_000), bad: value }, { parent })).rejects.toThrow(withCode(code))
    expect(await scene.rows()).toEqual(before)
  })

  it('is refused by putWrites, and nothing is written', async () => {
    const scene = new Scene()
    const parent = await scene.put({ a: 1 })
    const before = await scene.rows()
    const writes: [string, unknown][] = [
      ['good', 'y'.repeat(1_000)],
      ['bad', value],
    ]
    await expect(scene.saver.putWrites(parent, writes, 't')).rejects.toThrow(withCode(code))
    expect(await scene.rows()).toEqual(before)
  })

  it('is refused in metadata, and nothing is written', async () => {
    const scene = new Scene()
    const refused = expect(scene.put({ a: 1 }, { metadata: { bad: value } as object })).rejects.toThrow(withCode(code))
    await refused
    expect(await scene.rows()).toEqual([])
  })

  it('fails the run with the name of the channel, and the next run works', async () => {
    const scene = new Scene()
    const State = Annotation.Root({ notes: Annotation<unknown>, count: Annotation<number> })
    const graph = (given: unknown) =>
      new StateGraph(State)
        .addNode('note', ({ count = 0 }) => ({ notes: given, count: count + 1 }))
        .addEdge(START, 'note')
        .compile({ checkpointer: scene.saver })
    await graph('good').invoke({ count: 0 }, at('thread'))
    const run = graph(value).invoke({ count: 1 }, at('thread'))
    await expect(run).rejects.toThrow(expect.objectContaining({ code, message: expect.stringContaining('notes') }))
    expect(await graph('good').invoke({ count: 5 }, at('thread'))).toEqual({ notes: 'good', count: 6 })
  })
})

describe('what other puts do meanwhile', () => {
  it('a put that is refused does not take others of the same tick with it', async () => {
    const scene = new Scene()
    const parent = await scene.put({ a: 1 })
    const outcomes = await Promise.allSettled([
      scene.put({ a: 'one' }, { parent }),
      scene.put({ a: () => 1 }, { parent }),
      scene.saver.putWrites(parent, [['a', cyclic]], 't1'),
      scene.saver.putWrites(parent, [['a', 'fine']], 't2'),
      scene.put({ a: 'two' }, { parent, id: long }),
      scene.put({ a: 'three' }, { parent }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    const fresh = scene.another()
    expect((await fresh.getTuple(at('thread')))?.checkpoint.channel_values).toEqual({ a: 'three' })
    expect((await fresh.getTuple(parent))?.pendingWrites).toEqual([['t2', 'a', 'fine']])
  })
})
