import { randomUUID } from 'node:crypto'
import type { Key, Op, Partition, Row, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { Desk } from './desk.ts'
import { SESSION_KEY } from './layout.ts'
import { changeOf } from './session-change.ts'
import { newGeneration, type SessionRow, sessionText } from './session-row.ts'

const OPS = 2_000
const BYTES = 3 * 1024 * 1024
const TRIES = 20
/** Not the session row, which comes last, nor leases, tickets and records of turns, which are the original's. */
const COPIED = ['c/', 'm/', 't/', 'w/']
const encoder = new TextEncoder()

/**
 * Copies a session with all of its checkpoints. Rows go over in stages; the last commit, which brings the session
 * row, makes the copy visible. What an earlier copy that was cut off has left is cleared first.
 *
 * @throws `SESSION_NOT_FOUND`, `SESSION_EXISTS`
 */
export async function copySession(store: Store, from: Desk, to: Partition): Promise<void> {
  const { reader, thread } = from
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await reader.session(thread)
    const session = thread.session
    if (!session) throw new EverthreadError('SESSION_NOT_FOUND', 'There is no such session to copy')
    await clear(store, to)
    let ops: Op[] = []
    let bytes = 0
    for await (const row of reader.range(thread, '')) {
      if (!COPIED.includes(row.key.slice(0, 2))) continue
      ops.push(toPut(row))
      bytes += row.value.length
      if (ops.length < OPS && bytes < BYTES) continue
      await store.commit(to, { id: randomUUID(), ops })
      ops = []
      bytes = 0
    }
    const { rev, now } = await reader.session(thread)
    // The source was written to meanwhile: what went over may not belong together.
    if (rev !== before.rev) continue
    const row: SessionRow = { ...session.row, generation: newGeneration(), createdAt: now, lastActiveAt: now }
    const last: Op = { put: SESSION_KEY, value: encoder.encode(sessionText(row)) }
    const expect = [{ key: SESSION_KEY, rev: 0 }]
    const { row: _, ...beside } = changeOf(to.id, undefined, row, now)
    const outcome = await store.commit(to, { id: randomUUID(), expect, ops: [...ops, last], ...beside })
    if (!outcome.ok) throw exists()
    return
  }
  throw new EverthreadError('CONFLICT', 'The session was written to all the time: copy it when it is idle')
}

async function clear(store: Store, to: Partition): Promise<void> {
  const outcome = await store.commit(to, {
    id: randomUUID(),
    expect: [{ key: SESSION_KEY, rev: 0 }],
    ops: COPIED.map((prefix: Key) => ({ delPrefix: prefix })),
  })
  if (!outcome.ok) throw exists()
}

const toPut = ({ key, value, until: _ }: Row): Op => ({ put: key, value })

const exists = (): EverthreadError =>
  new EverthreadError(
    'SESSION_EXISTS',
    'There is a session with the new id already: delete it first, or choose another',
  )
