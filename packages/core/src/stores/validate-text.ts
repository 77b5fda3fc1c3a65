import { LIMITS } from '../contract/limits.ts'
import { EverthreadError } from '../errors.ts'

const control = /[\u0000-\u001f\u007f]/

/** Raises `code` unless the value is a well-formed string of at most `bytes` bytes in UTF-8, without control characters. */
export function checkText(value: unknown, what: string, code: string, bytes: number = LIMITS.idBytes): string {
  checkBound(value, what, code, bytes)
  if (control.test(value as string)) refuse(code, `${what} must hold no control characters.`)
  return value as string
}

export function checkName(value: unknown, what: string, code: string, bytes?: number): string {
  const name = checkText(value, what, code, bytes)
  if (name === '') refuse(code, `${what} must not be empty.`)
  return name
}

/** As {@link checkText}, but a bound of a range may hold control characters: `${key}\u0001` is just after `key`. */
export function checkBound(value: unknown, what: string, code: string, bytes: number): string {
  if (typeof value !== 'string') refuse(code, `${what} must be a string, not ${describe(value)}.`)
  if (!value.isWellFormed()) refuse(code, `${what} must be well-formed Unicode: it holds half of a surrogate pair.`)
  if (value.includes('\0')) refuse(code, `${what} must hold no NUL character.`)
  if (value.length > bytes || Buffer.byteLength(value) > bytes) refuse(code, `${what} must be at most ${bytes} bytes.`)
  return value
}

export function checkPositive(value: unknown, what: string, code: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1) refuse(code, `${what} must be a positive integer.`)
}

export function checkObject(value: unknown, what: string, code: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) refuse(code, `${what} must be an object, not ${describe(value)}.`)
  return value as Record<string, unknown>
}

export function checkList(value: unknown, what: string, code: string): unknown[] {
  if (!Array.isArray(value)) refuse(code, `${what} must be an array, not ${describe(value)}.`)
  return value
}

export function refuse(code: string, message: string): never {
  throw new EverthreadError(code, message)
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value
}
