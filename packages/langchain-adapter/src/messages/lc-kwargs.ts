import { isDeepStrictEqual } from 'node:util'

type Fields = Record<string, unknown>

/** A letter for each argument of a constructor; its capital says that it was given as undefined. */
const letters: Record<string, string> = {
  content: 'c',
  id: 'i',
  name: 'n',
  additional_kwargs: 'a',
  response_metadata: 'r',
  tool_calls: 't',
  invalid_tool_calls: 'v',
  tool_call_chunks: 'h',
  usage_metadata: 'u',
  tool_call_id: 'd',
  status: 's',
  artifact: 'f',
  metadata: 'm',
  role: 'o',
  contentBlocks: 'b',
}

const names: Record<string, string> = Object.fromEntries(
  Object.entries(letters).map(([name, letter]) => [letter, name]),
)

/** The field that holds what was given under a name. */
const fieldOf = (name: string): string => (name === 'contentBlocks' ? 'content' : name)

const none: string[] = []

/** Stands for a name that has no letter; those are found, in order, among the differing. */
const OTHER = '.'

/** Which arguments a message remembers, in order, and those whose value its fields do not hold. */
export interface KwargsShape {
  keys: string
  kwargs: Fields | undefined
}

export function shapeOfKwargs(kwargs: Fields, message: Fields): KwargsShape {
  let keys = ''
  let differing: Fields | undefined
  for (const name of Object.keys(kwargs)) {
    const value = kwargs[name]
    const letter = Object.hasOwn(letters, name) ? (letters[name] as string) : OTHER
    const field = message[fieldOf(name)]
    if (letter !== OTHER && (value === field || isDeepStrictEqual(value, field))) {
      keys += letter
    } else if (letter !== OTHER && value === undefined) {
      keys += letter.toUpperCase()
    } else {
      keys += letter
      differing ??= {}
      define(differing, name, value)
    }
  }
  return { keys, kwargs: differing }
}

/** The arguments again. They share their values with the message's fields, as they do in a new message. */
export function kwargsOfShape(keys: string, kwargs: Fields | undefined, message: Fields): Fields {
  const made: Fields = {}
  const others = kwargs ? Object.keys(kwargs).filter((name) => !Object.hasOwn(letters, name)) : none
  for (let i = 0; i < keys.length; i++) {
    const letter = keys[i] as string
    const name = names[letter]
    if (name !== undefined) {
      made[name] = kwargs && Object.hasOwn(kwargs, name) ? kwargs[name] : message[fieldOf(name)]
    } else if (letter === OTHER) {
      const other = others.shift()
      if (other !== undefined) define(made, other, kwargs?.[other])
    } else {
      const absent = names[letter.toLowerCase()]
      if (absent !== undefined) made[absent] = undefined
    }
  }
  return made
}

function define(target: Fields, name: string, value: unknown): void {
  // Assigned, it would change the prototype.
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    target[name] = value
  }
}
