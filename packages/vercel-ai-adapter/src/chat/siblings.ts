import type { Session } from '@everthread/core'
import { fromNeutral, type PlainUIMessage } from '../messages/from-neutral.ts'

/** One of the messages that stand at the same place: edits of one, or answers to one. */
export interface Version {
  /** Of the message; edits may have the same. */
  id: string
  /** The latest branch that shows it. */
  branch: string
  /** Whether it is the one that is seen. */
  current: boolean
}

/** A message in the tree of all branches, with what follows it, by what that is. */
interface Node {
  id: string
  branch: string
  next: Map<string, Node>
}

/** By the id of each message that is seen and has others beside it: all of them, in the order in which they came. */
export async function siblingsOf(session: Session): Promise<Record<string, Version[]>> {
  const root: Node = { id: '', branch: '', next: new Map() }
  let seen: string[] = []
  for (const { name, current } of await session.branches.list()) {
    const names = fromNeutral(await session.messages.list({ branch: name })).map(nameOf)
    if (current) seen = names.map(({ text }) => text)
    let node = root
    for (const { id, text } of names) {
      const next: Node = node.next.get(text) ?? { id, branch: name, next: new Map() }
      next.branch = name
      node.next.set(text, next)
      node = next
    }
  }
  const found: [string, Version[]][] = []
  let node: Node | undefined = root
  for (const text of seen) {
    const versions = [...(node?.next ?? [])].map(([key, { id, branch }]) => ({ id, branch, current: key === text }))
    node = node?.next.get(text)
    if (node && versions.length > 1) found.push([node.id, versions])
  }
  return Object.fromEntries(found)
}

/** What a message is: two of the same id are the same only when they say the same. */
const nameOf = ({ id, role, parts }: PlainUIMessage): { id: string; text: string } => ({
  id,
  text: JSON.stringify([id, role, parts]),
})
