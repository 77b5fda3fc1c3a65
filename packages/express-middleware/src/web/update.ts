import { EverthreadError } from '@everthread/core'
import { refuseReserved } from '../request/reserved.ts'
import type { Draft } from './draft.ts'
import { decodeValue, encodeValue } from './session-rows.ts'

/** Changes the data of a session. Must not wait, and may run several times. */
export type Update<Data = Record<string, unknown>> = (draft: Data) => void

/**
 * Runs `change` on the data as the draft has it. What it has looked at must be unchanged when the commit lands.
 *
 * @throws `UPDATE_ASYNC`, `SESSION_KEY_RESERVED`, and what `change` throws
 */
export function planUpdate(draft: Draft, change: Update): void {
  const before = draft.rows()
  const values = Object.create(null) as Record<string, unknown>
  for (const [name, text] of before) values[name] = decodeValue(text)
  const seen = new Set<string>()
  const written = new Set<string>()
  const result: unknown = change(recorded(values, seen, written))
  if (result instanceof Promise) {
    // Whatever becomes of it, it came too late.
    result.catch(() => undefined)
    throw new EverthreadError('UPDATE_ASYNC', 'Give update a function that does not wait: do the waiting before it')
  }
  for (const name of seen) draft.expect(name)
  for (const name of new Set([...seen, ...written])) {
    const text = values[name] === undefined ? undefined : encodeValue(name, values[name])
    if (text === before.get(name)) continue
    refuseReserved(name)
    draft.write(name, text)
  }
}

/** The values, noting the names that are looked at and those that are written without a look. */
function recorded(values: Record<string, unknown>, seen: Set<string>, written: Set<string>): Record<string, unknown> {
  const see = (name: string | symbol) => {
    if (typeof name === 'string') seen.add(name)
  }
  return new Proxy(values, {
    get(target, name) {
      see(name)
      return Reflect.get(target, name)
    },
    has(target, name) {
      see(name)
      return Reflect.has(target, name)
    },
    getOwnPropertyDescriptor(target, name) {
      see(name)
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) see(name)
      return Reflect.ownKeys(target)
    },
    set(target, name, value) {
      if (typeof name === 'string') written.add(name)
      return Reflect.set(target, name, value)
    },
    defineProperty(target, name, descriptor) {
      if (typeof name === 'string') written.add(name)
      return Reflect.defineProperty(target, name, descriptor)
    },
    deleteProperty(target, name) {
      if (typeof name === 'string') written.add(name)
      return Reflect.deleteProperty(target, name)
    },
  })
}
