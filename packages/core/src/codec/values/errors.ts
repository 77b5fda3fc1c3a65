import { types } from 'node:util'
import { CORRUPT, isRecord, type Kind, setOwn } from './kind.ts'

/** Only these are ever constructed. */
const classes: Record<string, new (message?: string) => Error> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

function builtInName(error: Error): string {
  for (let proto: unknown = Object.getPrototypeOf(error); proto; proto = Object.getPrototypeOf(proto)) {
    if (proto === AggregateError.prototype) return 'AggregateError'
    for (const name in classes) if (classes[name]?.prototype === proto) return name
  }
  return 'Error'
}

function setHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true })
}

function make(className: string): Error | undefined {
  if (className === 'AggregateError') return new AggregateError([])
  const Class = Object.hasOwn(classes, className) ? classes[className] : undefined
  return Class && new Class()
}

/** What an error may carry besides its class: present only where the original had it. */
interface ErrorParts {
  class: string
  name?: string
  message?: string
  stack?: string
  cause?: unknown
  errors?: unknown
  own?: Record<string, unknown>
}

/** An error of a class of the user's own comes back as the built-in class that it extends, with its name. */
export const error: Kind = {
  tag: 'error',
  test: (value) => types.isNativeError(value) || value instanceof Error,
  encode: (value) => {
    const source = value as Error & { errors?: unknown }
    const parts: ErrorParts = { class: builtInName(source) }
    if (source.name !== parts.class) parts.name = source.name
    if (source.message !== '' || Object.hasOwn(source, 'message')) parts.message = source.message
    if (typeof source.stack === 'string') parts.stack = source.stack
    if (Object.hasOwn(source, 'cause')) parts.cause = source.cause
    if (parts.class === 'AggregateError') parts.errors = source.errors
    const own: Record<string, unknown> = {}
    for (const key of Object.keys(source)) setOwn(own, key, Reflect.get(source, key))
    if (Object.keys(own).length > 0) parts.own = own
    return parts
  },
  decode: (data) => {
    if (!isRecord(data) || typeof data.class !== 'string') return CORRUPT
    const revived = make(data.class)
    if (!revived) return CORRUPT
    // `stack` is an accessor on newer Node: assigning keeps it what it is.
    if (typeof data.stack === 'string') revived.stack = data.stack
    else Reflect.deleteProperty(revived, 'stack')
    for (const key of ['name', 'message', 'cause', 'errors']) {
      if (Object.hasOwn(data, key)) setHidden(revived, key, data[key])
    }
    if (data.own === undefined) return revived
    if (!isRecord(data.own)) return CORRUPT
    for (const [key, value] of Object.entries(data.own)) {
      Object.defineProperty(revived, key, { value, writable: true, enumerable: true, configurable: true })
    }
    return revived
  },
}
