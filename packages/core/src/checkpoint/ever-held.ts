import type { Desk } from './desk.ts'
import { chunkFirst, headKey } from './layout.ts'
import { textOf } from './learn.ts'
import { type Scan, scanCheckpoints } from './prune-scan.ts'
import { isNeutral, type RefText, runsOf } from './ref.ts'
import { type Address, addresses } from './runs.ts'

/**
 * The text of every entry that a history of the session has ever held and that still stands: in the order in which
 * checkpoints came to hold them, others behind the one that they were written after.
 */
export async function everHeld(desk: Desk): Promise<string[]> {
  // It says which channel is the history.
  if (!desk.thread.session) await desk.reader.session(desk.thread)
  const { order, foreign } = held(await scanCheckpoints(desk.reader, desk.thread), desk.historyChannel)
  const known = new Set(order.map(nameOf))
  const own = new Set(order.map(({ segment }) => segment))
  const texts = new Map<string, string>()
  const behind = new Map<string, Address[]>()
  for (const [segment, lines] of await readSegments(desk)) {
    if (foreign.has(segment) && !own.has(segment)) continue
    let last = ''
    for (const [position, text] of lines) {
      const at = { segment, position }
      texts.set(nameOf(at), text)
      if (known.has(nameOf(at))) last = nameOf(at)
      else behind.set(last, [...(behind.get(last) ?? []), at])
    }
  }
  const all = [...order.flatMap((at) => [at, ...(behind.get(nameOf(at)) ?? [])]), ...(behind.get('') ?? [])]
  return all.flatMap((at) => texts.get(nameOf(at)) ?? [])
}

const nameOf = ({ segment, position }: Address): string => `${segment}/${position}`

/** What the histories refer to, each entry once, and the segments that other channels refer to. */
function held(scan: Scan, historyChannel: string | undefined): { order: Address[]; foreign: Set<string> } {
  const order = new Map<string, Address>()
  const foreign = new Set<string>()
  const note = (isHistory: boolean, ref: RefText): void => {
    const list = runsOf(ref)
    if (isHistory && list && isNeutral(list.shape)) {
      for (const at of addresses(list.runs)) if (!order.has(nameOf(at))) order.set(nameOf(at), at)
    } else for (const { segment } of list?.runs ?? []) foreign.add(segment)
  }
  const isHistory = (namespace: string, channel: string): boolean =>
    namespace === '' && channel.replace('\u0000', '') === historyChannel
  for (const { namespace, lines } of scan.blocks) {
    for (const { record, writes } of lines.map(({ candidate }) => candidate)) {
      for (const [channel, ref] of record.refs) note(isHistory(namespace, channel), ref)
      for (const { channel, ref } of writes) note(isHistory(namespace, channel), ref)
    }
  }
  for (const ref of scan.behind) note(true, ref)
  return { order: [...order.values()], foreign }
}

/** All entries, by segment and in their order. */
async function readSegments({ reader, thread }: Desk): Promise<Map<string, [number, string][]>> {
  const segments = new Map<string, [number, string][]>()
  for await (const row of reader.range(thread, headKey(''))) {
    const [, segment = '', position] = row.key.split('/')
    if (position === undefined) continue
    const lines = segments.get(segment) ?? []
    segments.set(segment, lines)
    const first = chunkFirst(row.key)
    for (const [i, line] of textOf(row).split('\n').entries()) lines.push([first + i, line])
  }
  return segments
}
