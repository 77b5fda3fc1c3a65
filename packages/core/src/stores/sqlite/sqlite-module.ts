import type * as NodeSqlite from 'node:sqlite'
import { EverthreadError } from '../../errors.ts'

let loaded: typeof NodeSqlite | undefined

/** Loads `node:sqlite` when a store is first used. Raises `PEER_MISSING` on a Node without it. */
export function loadSqlite(): typeof NodeSqlite {
  loaded ??= withoutExperimentalWarning(() => process.getBuiltinModule('node:sqlite'))
  if (!loaded) throw new EverthreadError('PEER_MISSING', 'This Node has no node:sqlite: use Node 22.13 or later.')
  return loaded
}

/** Node warns on load, once a process; users of a session library have no use for that. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const original = process.emitWarning
  const filtered = (...args: Parameters<typeof original>): void => {
    if (!String(args[0]).includes('SQLite is an experimental feature')) original.apply(process, args)
  }
  process.emitWarning = filtered as typeof process.emitWarning
  try {
    return load()
  } finally {
    process.emitWarning = original
  }
}
