import { gunzipSync, gzipSync } from 'node:zlib'
import { Annotation, START, StateGraph } from '@langchain/langgraph'
import { MemorySaver, type SerializerProtocol } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import { memory } from '../subjects/memory.ts'
import { postgres } from '../subjects/postgres.ts'
import { redis } from '../subjects/redis.ts'
import { redisCluster } from '../subjects/redis-cluster.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench, encrypted } from '../subjects/subject.ts'

const inner = new MemorySaver().serde

/** Bytes that are no text: PostgresSaver throws on them, SqliteSaver and MongoDBSaver spoil them. */
const serde: SerializerProtocol & { loaded: string[]; dumped: Set<string> } = {
  loaded: [],
  dumped: new Set(),
  async dumpsTyped(data) {
    const [type, bytes] = await inner.dumpsTyped(data)
    const packed = gzipSync(bytes)
    this.dumped.add(packed.toString('hex'))
    return [`gzip-${type}`, new Uint8Array(packed)]
  },
  async loadsTyped(type, data) {
    if (typeof data === 'string') throw new TypeError('Bytes came back as text')
    this.loaded.push(Buffer.from(data).toString('hex'))
    return inner.loadsTyped(type.slice('gzip-'.length), new Uint8Array(gunzipSync(data)))
  },
}

const State = Annotation.Root({ text: Annotation<string>, bytes: Annotation<Uint8Array>, seen: Annotation<number> })

const subjects = [memory, sqlite, redis, redisCluster, postgres]

describe.each([
  ...subjects.map((subject) => ({ name: subject.name, subject, codec: undefined })),
  ...subjects.map((subject) => ({ name: `${subject.name}, encrypted`, subject, codec: encrypted() })),
])('a binary serde of the user’s own on $name', ({ subject, codec }) => {
  const bench = new Bench(subject, codec)

  it('gets back every byte that it gave', async () => {
    const config = { configurable: { thread_id: crypto.randomUUID() } }
    const graph = () =>
      new StateGraph(State)
        .addNode('look', ({ bytes, seen = 0 }) => ({ seen: seen + bytes.length, text: `seen ${seen} `.repeat(200) }))
        .addEdge(START, 'look')
        .compile({ checkpointer: bench.saver({ serde }) })
    const bytes = Uint8Array.from({ length: 3_000 }, (_, n) => (n * 7) % 256)
    await graph().invoke({ bytes, seen: 0 }, config)
    await graph().invoke({ text: '' }, config)
    serde.loaded = []
    const { values } = await graph().getState(config)
    expect(values).toEqual({ bytes, seen: 6_000, text: 'seen 3000 '.repeat(200) })
    expect(serde.loaded.length).toBeGreaterThan(2)
    expect(serde.loaded.filter((hex) => !serde.dumped.has(hex))).toEqual([])
  })
})
