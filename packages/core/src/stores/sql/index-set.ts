import type { IndexEntry } from '../../contract/store.ts'
import { fingerprint } from './commit-fingerprint.ts'

/** One of a partition's index entries as its head row lists it: index, sort, and a fingerprint of the value if it has one. */
export type ListedEntry = [index: string, sort: string, value?: string]

/** What changes between two complete sets, so that entries which stay are not written again. */
export interface IndexChange {
  removed: ListedEntry[]
  added: IndexEntry[]
  /** The new list; empty when there are no entries. */
  listed: ListedEntry[]
}

export function changeIndex(before: ListedEntry[], after: IndexEntry[]): IndexChange {
  const listed = after.map(listEntry)
  const old = new Map(before.map((entry) => [placeOf(entry), entry]))
  const kept = new Set(listed.map(placeOf))
  return {
    removed: before.filter((entry) => !kept.has(placeOf(entry))),
    added: after.filter((_, at) => {
      const entry = listed[at] as ListedEntry
      const known = old.get(placeOf(entry))
      return !known || known[2] !== entry[2]
    }),
    listed,
  }
}

function listEntry({ index, sort, value }: IndexEntry): ListedEntry {
  return value === undefined ? [index, sort] : [index, sort, Buffer.from(fingerprint(value)).toString('base64')]
}

function placeOf([index, sort]: ListedEntry): string {
  return `${index}\0${sort}`
}
