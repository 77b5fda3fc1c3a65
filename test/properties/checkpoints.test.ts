import { createSerialiser, type Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { sqliteStore } from '@everthread/core/sqlite'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import type { Checkpoint, CheckpointTuple } from '@langchain/langgraph-checkpoint'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

/**
 * The model is what a full serialisation would have kept: for each checkpoint the text of every channel, changed
 * ones as they were at the put, the others as the parent's.
 */
const { stringify } = createSerialiser([
  {
    tag: 'message',
    test: (v) => v instanceof Object && 'lc_kwargs' in v,
    encode: (v) => plain(v as BaseMessage),
    decode: (d) => d,
  },
])

function plain(message: BaseMessage): unknown {
  return { ...message.toDict(), id: message.id }
}

type State = Record<string, unknown>
interface Known {
  id: string
  parent: string | undefined
  state: Map<string, string>
  writes: string[]
}

const CHANNELS = ['messages', 'files', 'notes', 'blob', 'small', 'nested', 'mixed'] as const

/** Numbers that choose what happens; interpreted so that any sequence makes sense and shrinks well. */
const step = fc.record({
  parent: fc.nat(),
  fresh: fc.nat(9),
  edits: fc.array(fc.record({ channel: fc.nat(CHANNELS.length - 1), kind: fc.nat(9), at: fc.nat(), size: fc.nat(3) }), {
    minLength: 1,
    maxLength: 4,
  }),
  writes: fc.nat(2),
  again: fc.boolean(),
  prune: fc.nat(20),
})

const text = (n: number, size: number): string => `${n} `.repeat([1, 20, 300, 2_000][size] ?? 1)

function edit(state: State, channel: string, kind: number, at: number, size: number, n: number): void {
  const list = (name: string): unknown[] => {
    const now = state[name]
    state[name] = Array.isArray(now) ? [...now] : []
    return state[name] as unknown[]
  }
  if (channel === 'messages') {
    const messages = list('messages') as BaseMessage[]
    const place = messages.length === 0 ? 0 : at % messages.length
    const target = messages[place]
    if (kind <= 3 || !target) messages.push(...newMessages(n, size))
    else if (kind === 4) messages.splice(place, 1)
    else if (kind === 5)
      messages.splice(place, 1, new HumanMessage({ id: target.id ?? '', content: `edited ${text(n, size)}` }))
    else if (kind === 6) target.content = `mutated ${text(n, size)}`
    else if (kind === 7) target.additional_kwargs.nested = { n, deep: [n] }
    else if (kind === 8) messages.splice(place, 0, ...newMessages(n, size))
    else messages.reverse()
  } else if (channel === 'files') {
    const files = { ...(state.files as Record<string, unknown> | undefined) }
    if (kind < 6) files[`f${at % 7}`] = { text: text(n, size), n }
    else delete files[`f${at % 7}`]
    if (kind === 5 && files.f0) (files.f0 as { n: number }).n = n
    state.files = files
  } else if (channel === 'notes') {
    const notes = list('notes')
    if (kind < 6 || notes.length === 0)
      for (let i = 0; i <= size * 20; i++) notes.push({ n, i, words: text(n + i, size % 2) })
    else if (kind < 8) notes.splice(at % notes.length, 2)
    else (notes[at % notes.length] as { n: number }).n = -n
  } else if (channel === 'blob') state.blob = kind === 0 ? undefined : text(n, size)
  else if (channel === 'small') state.small = kind === 0 ? new Map([[n, new Date(n)]]) : n
  else if (channel === 'nested') {
    if (kind < 3 || !state.nested) state.nested = { deep: { er: [{ text: text(n, size), n }] }, other: new Set([n]) }
    else (state.nested as { deep: { er: { n: number }[] } }).deep.er[0] = { n }
  } else {
    const mixed = list('mixed')
    mixed.push(
      kind % 2 === 0 ? new AIMessage({ id: `x${n}`, content: text(n, size) }) : kind % 3 === 0 ? text(n, size) : n,
    )
    if (kind > 7) mixed.shift()
  }
}

function newMessages(n: number, size: number): BaseMessage[] {
  return [
    new HumanMessage({ id: `h${n}`, content: text(n, size) }),
    new AIMessage({
      id: `a${n}`,
      content: '',
      tool_calls: [{ id: `c${n}`, name: 'look', args: { n, deep: { list: [n] } } }],
    }),
    new ToolMessage({
      id: `t${n}`,
      tool_call_id: `c${n}`,
      content: text(n + 1, size),
      artifact: { n, at: new Date(n) },
    }),
  ].slice(0, (n % 3) + 1)
}

const idOf = (n: number): string => `1f0${String(n).padStart(5, '0')}-0000-6000-8000-000000000000`

async function play(
  store: Store,
  share: boolean,
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<void> {
  const open = (): EverthreadSaver => new EverthreadSaver({ store, share })
  const thread_id = `thread-${Math.random()}`
  const config = (checkpoint_id?: string): { configurable: Record<string, unknown> } => ({
    configurable: { thread_id, checkpoint_ns: '', ...(checkpoint_id === undefined ? {} : { checkpoint_id }) },
  })
  let saver = open()
  // Another process, that learns of what the first did only by reading or by conflicts.
  let other = open()
  let known: Known[] = []
  const last = { state: {} as State, versions: {} as Record<string, number>, id: undefined as string | undefined }
  for (const [n, { parent, fresh, edits, writes, again, prune }] of steps.entries()) {
    if (fresh === 0) saver = open()
    if (fresh === 1 || fresh === 2) [saver, other] = [other, saver]
    if (prune === 0 && known.length > 0) {
      const keepLast = (parent % 30) + 1
      await (parent % 2 === 0 ? saver : other).pruneCheckpoints({ threadId: thread_id, keepLast })
      known = known.slice(-keepLast)
    }
    const from = known[parent % 3 === 0 ? parent % known.length : known.length - 1]
    if (from && (parent % 4 === 0 || fresh === 0)) {
      const tuple = (await saver.getTuple(config(from.id))) as CheckpointTuple
      last.state = { ...tuple.checkpoint.channel_values }
      last.versions = { ...tuple.checkpoint.channel_versions } as Record<string, number>
      last.id = from.id
    }
    const changed = new Set<string>()
    for (const { channel, kind, at, size } of edits) {
      const name = CHANNELS[channel] as string
      edit(last.state, name, kind, at, size, n)
      changed.add(name)
    }
    const versions: Record<string, number> = { ...last.versions }
    const newVersions: Record<string, number> = {}
    for (const name of changed) newVersions[name] = versions[name] = (versions[name] ?? 0) + 1
    const values = Object.fromEntries(Object.entries(last.state).filter(([, value]) => value !== undefined))
    const id = idOf(n)
    const checkpoint: Checkpoint = {
      v: 4,
      id,
      ts: `t${n}`,
      channel_values: values,
      channel_versions: versions,
      versions_seen: {},
    }
    const before = known.find((one) => one.id === last.id)
    const state = new Map(before?.state)
    for (const name of changed) {
      if (name in values) state.set(name, stringify(values[name]))
      else state.delete(name)
    }
    const written: string[] = []
    const putting = saver.put(config(last.id), checkpoint, { source: 'loop', step: n, parents: {} }, newVersions)
    if (again) edit(last.state, 'messages', 6, parent, 1, -n)
    await putting
    for (let w = 0; w < writes; w++) {
      const value = w === 0 ? newMessages(n + 500, 2) : { big: text(n, 2) }
      written.push(stringify(value))
      await saver.putWrites(config(id), [['messages', value]], `task${w}`)
    }
    known.push({ id, parent: last.id, state, writes: written })
    if (again && n % 2 === 0)
      for (const message of (last.state.messages as BaseMessage[] | undefined) ?? []) message.name = `again${n}`
    last.id = id
    last.versions = versions
    if (again) {
      const tuple = await saver.getTuple(config())
      expect(tuple?.checkpoint.id).toBe(id)
      expectSame(tuple as CheckpointTuple, known.at(-1) as Known)
      spoil(tuple as CheckpointTuple)
    }
  }
  for (const reader of [saver, other, open()]) {
    for (const one of known) expectSame((await reader.getTuple(config(one.id))) as CheckpointTuple, one)
    const listed: CheckpointTuple[] = []
    for await (const tuple of reader.list({ configurable: { thread_id } })) listed.push(tuple)
    expect(listed.map(({ checkpoint }) => checkpoint.id)).toEqual(known.map(({ id }) => id).toReversed())
    for (const [i, tuple] of listed.toReversed().entries()) expectSame(tuple, known[i] as Known)
  }
}

function expectSame(tuple: CheckpointTuple, known: Known): void {
  const values = Object.entries(tuple.checkpoint.channel_values).map(
    ([name, value]) => [name, stringify(value)] as const,
  )
  expect(new Map(values)).toEqual(known.state)
  expect(tuple.parentConfig?.configurable?.checkpoint_id).toBe(known.parent)
  expect(tuple.pendingWrites?.map(([, , value]) => stringify(value))).toEqual(known.writes)
}

/** Whatever is done to a tuple must change nothing that is stored or read later. */
function spoil({ checkpoint }: CheckpointTuple): void {
  for (const message of (checkpoint.channel_values.messages as BaseMessage[] | undefined) ?? []) {
    message.content = 'spoilt'
    message.additional_kwargs.spoilt = true
  }
  for (const value of Object.values(checkpoint.channel_values)) {
    if (Array.isArray(value)) value.length = 0
    else if (typeof value === 'object' && value !== null) (value as Record<string, unknown>).spoilt = true
  }
}

const runs = Number(process.env.EVERTHREAD_PROPERTY_RUNS ?? 12)

describe.each([
  ['memory', () => memoryStore()],
  ['sqlite', () => sqliteStore(':memory:')],
])('every checkpoint reads back as a full serialisation would, on %s', (_, create) => {
  it.each([false, true])('with share: %s', async (share) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 90, size: 'max' }), async (steps) => {
        const store = create()
        await play(store, share, steps)
        await store.close()
      }),
      { numRuns: runs },
    )
  })
})
