import { Annotation, Command, interrupt, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { memory } from '../subjects/memory.ts'
import { postgres } from '../subjects/postgres.ts'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'

const long = 'words '.repeat(200)

/** What JSON cannot say, each small enough to stand in the checkpoint and large enough not to. */
const values: Record<string, unknown> = {
  Map: new Map<unknown, unknown>([
    ['a', 1],
    [{ key: 'object' }, new Map([[1, 2]])],
  ]),
  'a large Map': new Map(Array.from({ length: 50 }, (_, n) => [n, { n, long }])),
  Set: new Set([1, 'two', new Date(3)]),
  Date: new Date('2026-11-20T12:00:00.123Z'),
  'an invalid Date': new Date(Number.NaN),
  'typed arrays': [new Uint8Array([0, 255]), new Float64Array([Math.PI, -0]), new BigInt64Array([-1n, 2n ** 62n])],
  'a large typed array': Uint8Array.from({ length: 5_000 }, (_, n) => n % 256),
  ArrayBuffer: new Uint8Array([1, 2, 3]).buffer,
  Buffer: Buffer.from('bytes'),
  BigInt: { big: 2n ** 100n, negative: -1n },
  URL: new URL('https://example.org/a?b=c#d'),
  RegExp: /a(?<name>b)+/giu,
  Error: Object.assign(new TypeError('wrong', { cause: new Error('inner') }), { code: 'E_WRONG' }),
  'numbers that JSON has not': [Number.NaN, Number.POSITIVE_INFINITY, -0],
  undefined: { there: undefined, nested: [undefined, null] },
  'a list with holes': Object.assign(new Array(3), { 0: 1, 2: 3 }),
  'an object with $': { $: 'map', v: [1] },
  'an own __proto__': JSON.parse('{"__proto__":{"polluted":true}}'),
  'a list of many': Array.from({ length: 200 }, (_, n) => ({ n, at: new Date(n), tags: new Set([n]) })),
  'text of every kind': `\u0000 \ud800 \u2028 \t\n ${long} 🧵`,
}

const State = Annotation.Root({
  value: Annotation<unknown>,
  list: Annotation<unknown[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
  files: Annotation<Record<string, unknown>>({ reducer: (a, b) => ({ ...a, ...b }), default: () => ({}) }),
  answer: Annotation<unknown>,
})

describe.each([memory, sqlite, redis, postgres])('state on $name comes back as it went in', (subject) => {
  const bench = new Bench(subject)

  it.each(Object.entries(values))(
    '%s, as a value, in a list, in a map, as an answer to an interrupt',
    async (_, value) => {
      const config = { configurable: { thread_id: crypto.randomUUID() } }
      const seen: unknown[] = []
      const graph = () =>
        new StateGraph(State)
          .addNode('ask', (state) => {
            seen.push([state.value, state.list, state.files])
            return { list: [value], files: { other: long }, answer: interrupt('?') }
          })
          .addEdge(START, 'ask')
          .compile({ checkpointer: bench.saver() })
      await graph().invoke({ value, list: [value], files: { it: value, long } }, config)
      await graph().invoke(new Command({ resume: value }), config)
      expect(seen).toStrictEqual([
        [value, [value], { it: value, long }],
        [value, [value], { it: value, long }],
      ])
      const { values: state } = await graph().getState(config)
      expect(state).toStrictEqual({
        value,
        list: [value, value],
        files: { it: value, long, other: long },
        answer: value,
      })
    },
  )
})
