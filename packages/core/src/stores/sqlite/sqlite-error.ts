import { EverthreadError } from '../../errors.ts'

/** Primary result codes of SQLite: https://www.sqlite.org/rescode.html */
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const messages: Record<number, { code: string; message: (path: string) => string }> = {
  3: { code: 'STORE_CANNOT_OPEN', message: (path) => `No permission to use ${path}: check its owner and mode.` },
  [BUSY]: { code: 'STORE_BUSY', message: (path) => `${path} is locked by another process: try again.` },
  [LOCKED]: { code: 'STORE_BUSY', message: (path) => `${path} is locked: try again.` },
  [READONLY]: { code: 'STORE_READ_ONLY', message: (path) => `${path} cannot be written: check its owner and mode.` },
  10: { code: 'STORE_IO', message: (path) => `Reading or writing ${path} failed: check the disk.` },
  11: { code: 'STORE_CORRUPT', message: (path) => `${path} is damaged: restore it from a backup.` },
  13: { code: 'STORE_FULL', message: (path) => `No space is left for ${path}: free some and try again.` },
  14: {
    code: 'STORE_CANNOT_OPEN',
    message: (path) => `${path} cannot be opened: check that it is a file, its folder and its mode.`,
  },
  26: { code: 'STORE_NOT_A_DATABASE', message: (path) => `${path} is no SQLite database: give another path.` },
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === BUSY || code === LOCKED
}

export function isReadOnly(error: unknown): boolean {
  return resultCode(error) === READONLY
}

/** Turns what SQLite raises into one error with a stable code; anything else is returned as it is. */
export function sqliteError(error: unknown, path: string, committed?: 'no' | 'unknown'): unknown {
  const code = resultCode(error)
  if (code === undefined) return error
  const known = messages[code]
  return new EverthreadError(
    known?.code ?? 'STORE_FAILED',
    known?.message(path) ?? `SQLite refused a statement on ${path}: ${(error as Error).message}.`,
    { cause: error, ...(committed ? { committed } : {}) },
  )
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}
