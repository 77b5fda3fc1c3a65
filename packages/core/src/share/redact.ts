import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { isPart, type Part } from '../message/part.ts'

/** `true`: what looks like an address, a key or the number of a card. Or what is named: texts, or patterns. */
export type Redact = boolean | readonly (string | RegExp)[]

/** A pattern as it is stored. */
export interface StoredPattern {
  source: string
  flags: string
}

const REDACTED = '[redacted]'
const MOST_PATTERNS = 50
const MOST_CHARS = 1_000

/** E-mail addresses; keys as providers of models, code and clouds give them out; tokens; PEM; numbers of cards. */
const COMMON: readonly StoredPattern[] = [
  { source: '[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{1,63}){1,8}', flags: 'g' },
  { source: '\\b(?:sk|pk|rk|ghp|gho|ghs|xox[abp]|glpat|AIza|AKIA)[-_]?[A-Za-z0-9_-]{16,200}', flags: 'g' },
  { source: '\\beyJ[\\w-]{8,4000}\\.[\\w-]{8,8000}\\.[\\w-]{8,2000}', flags: 'g' },
  { source: '\\bBearer\\s{1,4}[\\w.~+/=-]{8,4000}', flags: 'gi' },
  { source: '-----BEGIN [A-Z ]{1,40}-----[^-]{1,20000}-----END [A-Z ]{1,40}-----', flags: 'g' },
  { source: '\\b(?:\\d[ -]?){13,19}\\b', flags: 'g' },
]

/** @throws `SHARE_INVALID` */
export function storePatterns(redact: Redact = false): StoredPattern[] {
  if (redact === false) return []
  if (redact === true) return [...COMMON]
  if (!Array.isArray(redact) || redact.length > MOST_PATTERNS) {
    throw wrong(`as true, or as at most ${MOST_PATTERNS} texts and patterns`)
  }
  return redact.map(storePattern)
}

function storePattern(pattern: unknown): StoredPattern {
  if (pattern === '' || (typeof pattern !== 'string' && !(pattern instanceof RegExp))) {
    throw wrong('as texts that are not empty, and patterns')
  }
  const { source, flags } =
    typeof pattern === 'string'
      ? { source: pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), flags: '' }
      : { source: pattern.source, flags: pattern.flags.replace(/[gy]/g, '') }
  if (source.length > MOST_CHARS) throw wrong(`with patterns of at most ${MOST_CHARS} characters`)
  return { source, flags: `g${flags}` }
}

const wrong = (how: string): EverthreadError => new EverthreadError('SHARE_INVALID', `Give redact ${how}`)

/** Takes what the patterns find out of texts. */
export class Redactor {
  readonly #patterns: RegExp[]

  constructor(patterns: readonly StoredPattern[]) {
    this.#patterns = patterns.map(({ source, flags }) => new RegExp(source, flags))
  }

  text(text: string): string {
    return this.#patterns.reduce((left, pattern) => left.replace(pattern, REDACTED), text)
  }

  /** What others may see of a message: neither what is the application's own, nor a framework's. */
  message({ native: _, metadata: __, ...message }: NeutralMessage): NeutralMessage {
    return { ...message, parts: message.parts.map((part) => this.#part(part)) }
  }

  #part(part: Part): Part {
    if (this.#patterns.length === 0) return part
    // A file's bytes are no text.
    if (isPart(part, 'blob')) return { ...(this.#deep({ ...part, content: '' }) as Part), content: part.content }
    return { ...(this.#deep(part) as Part), type: part.type }
  }

  #deep(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (Array.isArray(value)) return value.map((one) => this.#deep(one))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [this.text(key), this.#deep(one)]))
  }
}
