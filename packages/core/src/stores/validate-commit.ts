import { LIMITS } from '../contract/limits.ts'
import { checkKey, checkPrefix } from './validate-key.ts'
import { checkList, checkName, checkObject, checkPositive, refuse } from './validate-text.ts'

const CODE = 'COMMIT_INVALID'
const COMMIT_ID_BYTES = 256

/** Raises `COMMIT_INVALID`, `KEY_INVALID` or `COMMIT_TOO_LARGE` for what no store may be asked to do. */
export function checkCommit(value: unknown): void {
  const commit = checkObject(value, 'The commit', CODE)
  checkName(commit.id, "The commit's id", CODE, COMMIT_ID_BYTES)
  if (commit.known !== undefined && (!Number.isSafeInteger(commit.known) || (commit.known as number) < 0)) {
    refuse(CODE, 'The known revision must be a revision, 0, or left out.')
  }
  for (const expect of checkList(commit.expect ?? [], "The commit's expect", CODE)) checkExpect(expect)
  if (commit.fence !== undefined) checkRevision(commit.fence, 'A fence')
  checkOps(checkList(commit.ops, "The commit's ops", CODE))
  if (commit.expiry !== undefined && commit.expiry !== null) checkExpiry(commit.expiry)
  if (commit.index !== undefined) checkIndex(checkList(commit.index, "The commit's index", CODE))
}

function checkExpect(value: unknown): void {
  const expect = checkObject(value, 'An expectation', CODE)
  if ('key' in expect) {
    checkRevision(expect, 'An expectation')
    return
  }
  checkPrefix(expect.prefix, "An expectation's prefix")
  if (expect.prefix === '') refuse(CODE, "An expectation's prefix must not be empty: name the rows it is about.")
  if (expect.first !== null) checkKey(expect.first, "An expectation's first key")
}

function checkRevision(value: unknown, what: string): void {
  const { key, rev } = checkObject(value, what, CODE)
  checkKey(key, `${what}'s key`)
  if (!Number.isSafeInteger(rev) || (rev as number) < 0) refuse(CODE, `${what}'s rev must be a revision, or 0.`)
}

function checkOps(ops: unknown[]): void {
  if (ops.length > LIMITS.commitRows) {
    refuse(
      'COMMIT_TOO_LARGE',
      `A commit takes at most ${LIMITS.commitRows} ops, not ${ops.length}: stage it in several.`,
    )
  }
  for (const value of ops) {
    const op = checkObject(value, 'An op', CODE)
    if ('put' in op) {
      checkKey(op.put, 'The key to put')
      if (!(op.value instanceof Uint8Array)) refuse(CODE, 'The value to put must be a Uint8Array.')
      if (op.ttlMs !== undefined) checkPositive(op.ttlMs, 'The ttlMs of a put', CODE)
    } else if ('touch' in op) {
      checkKey(op.touch, 'The key to touch')
      checkPositive(op.ttlMs, 'The ttlMs of a touch', CODE)
    } else if ('del' in op) checkKey(op.del, 'The key to delete')
    else if ('delPrefix' in op) checkPrefix(op.delPrefix, 'The prefix to delete')
    else refuse(CODE, 'An op must be one of put, touch, del and delPrefix.')
  }
}

function checkExpiry(value: unknown): void {
  const { expiresInMs, removeInMs } = checkObject(value, "The commit's expiry", CODE)
  checkPositive(expiresInMs, 'expiresInMs', CODE)
  checkPositive(removeInMs, 'removeInMs', CODE)
  if ((removeInMs as number) < (expiresInMs as number)) refuse(CODE, 'removeInMs must be at least expiresInMs.')
}

function checkIndex(entries: unknown[]): void {
  if (entries.length > LIMITS.commitRows) {
    refuse('COMMIT_TOO_LARGE', `A commit takes at most ${LIMITS.commitRows} index entries, not ${entries.length}.`)
  }
  const seen = new Set<string>()
  for (const value of entries) {
    const entry = checkObject(value, 'An index entry', CODE)
    const place = `${checkName(entry.index, "An index's name", CODE)}\0${checkName(entry.sort, 'A sort', CODE)}`
    if (seen.has(place)) refuse(CODE, 'Two index entries have the same index and sort: give each once.')
    seen.add(place)
    if (entry.value !== undefined && !(entry.value instanceof Uint8Array)) {
      refuse(CODE, "An index entry's value must be a Uint8Array.")
    }
  }
}
