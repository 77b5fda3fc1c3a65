import type { Head } from '../checkpoint/branch-row.ts'
import { assertOwner } from '../checkpoint/session-change.ts'
import type { NeutralMessage } from '../message/message.ts'
import { isNeutralMessage } from '../message/validate.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { REMOVE } from './history.ts'

/** Messages that are read at once. */
const PAGE = 100

/** The history at a head, or at the tip, of which only a page is in memory. */
export async function* streamMessages(desk: TurnDesk, head: Head | undefined): AsyncGenerator<NeutralMessage> {
  const { engine, partition, content, owner } = desk
  const session = partition.id
  const runs = await engine.histories.runs(session, head)
  if (owner) assertOwner(await engine.rows.get(session), owner)
  if (!runs) return
  const { own, behind } = runs
  if (own === undefined) {
    // What stores only its writes has to be put together as a whole.
    yield* structuredClone(head ? await content.messagesAt(head) : (await content.view()).messages) as NeutralMessage[]
    return
  }
  const added = (): AsyncGenerator<string> => engine.histories.entries(session, behind.runs, PAGE)
  const newer = new Map<string | undefined, NeutralMessage>()
  if (own.length > 0) for await (const text of added()) note(newer, text)
  for await (const text of engine.histories.entries(session, own, PAGE)) {
    const message = JSON.parse(text) as NeutralMessage
    yield newer.get(message.id) ?? message
    newer.delete(message.id)
  }
  if (own.length > 0) yield* newer.values()
  else for await (const text of added()) yield JSON.parse(text) as NeutralMessage
}

function note(messages: Map<string | undefined, NeutralMessage>, text: string): void {
  const message = JSON.parse(text) as NeutralMessage
  messages.set(message.id, message)
}

/** Every version of every message that the session has ever held and still stores. */
export async function everHeld({ engine, partition, owner }: TurnDesk): Promise<NeutralMessage[]> {
  const texts = await engine.histories.everHeld(partition.id)
  if (owner) assertOwner(await engine.rows.get(partition.id), owner)
  return [...new Set(texts)]
    .map((text) => JSON.parse(text) as unknown)
    .filter(isNeutralMessage)
    .filter(({ role }) => role !== REMOVE)
}
