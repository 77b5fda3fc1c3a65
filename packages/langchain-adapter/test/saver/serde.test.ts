import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { sqliteStore } from '@everthread/core/sqlite'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import type { SerializerProtocol } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import { at, Scene, withCode } from './scene.ts'

const human = (id: string): HumanMessage => new HumanMessage({ id, content: `${id} `.repeat(200) })

/** Serialises to bytes that are no text. */
class GzipSerde implements SerializerProtocol {
  readonly loaded: Uint8Array[] = []
  readonly dumped: Uint8Array[] = []

  async dumpsTyped(data: unknown): Promise<[string, Uint8Array]> {
    const bytes = await promisify(gzip)(JSON.stringify(data) ?? 'null')
    this.dumped.push(bytes)
    return ['gzip', bytes]
  }

  async loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    expect(type).toBe('gzip')
    expect(data).toBeInstanceOf(Uint8Array)
    this.loaded.push(data as Uint8Array)
    return JSON.parse(String(await promisify(gunzip)(data)))
  }
}

describe('a serde of the user’s own', () => {
  it('gets its bytes back as it gave them, for channels, writes and delta history', async () => {
    const serde = new GzipSerde()
    const scene = new Scene({ store: sqliteStore(':memory:'), serde })
    const values = {
      small: 1,
      text: 'x'.repeat(5_000),
      list: Array.from({ length: 100 }, (_, n) => ({ n })),
      none: null,
    }
    const first = await scene.put(values)
    await scene.saver.putWrites(
      first,
      [
        ['text', 'written '.repeat(300)],
        ['small', 2],
      ],
      'task',
    )
    const second = await scene.put({ small: 3 }, { parent: first })
    const fresh = scene.another({ serde })
    const tuple = await fresh.getTuple(first)
    expect(tuple?.checkpoint.channel_values).toEqual(values)
    expect(tuple?.pendingWrites).toEqual([
      ['task', 'text', 'written '.repeat(300)],
      ['task', 'small', 2],
    ])
    const history = await fresh.getDeltaChannelHistory({ config: second, channels: ['text'] })
    expect(history.text).toEqual({ writes: [['task', 'text', 'written '.repeat(300)]], seed: values.text })
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    const given = new Set(serde.dumped.map(hex))
    expect(serde.loaded.length).toBeGreaterThan(7)
    for (const bytes of serde.loaded) expect(given.has(hex(bytes))).toBe(true)
  })

  it('runs a graph, and stores no message in the open', async () => {
    const serde = new GzipSerde()
    const scene = new Scene({ serde })
    const graph = () =>
      new StateGraph(MessagesAnnotation)
        .addNode('say', ({ messages }) => ({
          messages: [new AIMessage({ id: `a${messages.length}`, content: 'secret' })],
        }))
        .addEdge(START, 'say')
        .compile({ checkpointer: scene.another({ serde }) })
    for (const id of ['u1', 'u2']) await graph().invoke({ messages: [human(id)] }, at('thread'))
    const { values } = await graph().getState(at('thread'))
    expect(values.messages).toHaveLength(4)
    for (const { value } of await scene.rows()) expect(new TextDecoder().decode(value)).not.toContain('secret')
  })

  it('that fails is heard, and nothing is written', async () => {
    const serde: SerializerProtocol = {
      dumpsTyped: () => Promise.reject(new TypeError('cannot')),
      loadsTyped: async () => undefined,
    }
    const scene = new Scene({ serde })
    await expect(scene.put({ a: 1 })).rejects.toThrow('cannot')
    expect(await scene.rows()).toEqual([])
  })
})

describe('a thread that a saver with another serde wrote', () => {
  it('is refused in words, not read as something else', async () => {
    const plain = new Scene()
    const config = await plain.put({ messages: [human('a')], note: 'x' })
    await expect(plain.another({ serde: new GzipSerde() }).getTuple(config)).rejects.toThrow(withCode('SERDE_MISMATCH'))
    const own = new Scene({ serde: new GzipSerde() })
    const other = await own.put({ messages: [human('a')], note: 'x' })
    await expect(own.another().getTuple(other)).rejects.toThrow(withCode('SERDE_MISMATCH'))
  })
})
