import { adjectives, familyNames, givenNames, joints, nouns, places, verbs } from './vocabulary.ts'

/** Deterministic randomness: the same seed writes the same text on every machine. */
export interface Dice {
  /** A number in [0, 1). */
  next(): number
  /** An integer in [low, high]. */
  between(low: number, high: number): number
  pick<T>(list: readonly T[]): T
  /** As pick, but early entries come up more often, the way words do. */
  lean<T>(list: readonly T[]): T
  /** Letters and digits with no pattern, as ids have. */
  token(length: number, alphabet?: string): string
}

const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const hex = '0123456789abcdef'

export function dice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    // A 32-bit counter through two multiply-xorshift rounds: small, fast and well spread.
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
  const at = <T>(list: readonly T[], index: number): T => list[Math.min(index, list.length - 1)] as T
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (list) => at(list, Math.floor(next() * list.length)),
    lean: (list) => at(list, Math.floor(next() ** 1.6 * list.length)),
    token: (length, alphabet = base62) =>
      Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join(''),
  }
}

export function uuid(d: Dice): string {
  return [8, 4, 4, 4, 12].map((length) => d.token(length, hex)).join('-')
}

export function person(d: Dice): string {
  return `${d.pick(givenNames)} ${d.pick(familyNames)}`
}

function day(d: Dice): string {
  return `20${d.between(19, 27)}-${pad(d.between(1, 12))}-${pad(d.between(1, 28))}`
}

/** One sentence: content words between function words, with the names, numbers and ids that real text is full of. */
function sentence(d: Dice): string {
  const out: string[] = []
  for (let left = d.between(4, 11); left > 0; left--) {
    out.push(d.pick(joints))
    if (d.next() < 0.45) out.push(d.lean(adjectives))
    out.push(d.next() < 0.4 ? inflect(d, d.lean(verbs)) : d.lean(nouns))
    if (d.next() < 0.12) out.push(particular(d))
    if (left > 1 && d.next() < 0.1) out.push(`${out.pop()},`)
  }
  const text = out.join(' ')
  return text[0]?.toUpperCase() + text.slice(1) + d.pick(['.', '.', '.', '.', '?', ';', '.'])
}

/** Sentences and paragraphs up to `bytes` of ASCII. */
export function prose(d: Dice, bytes: number): string {
  let text = ''
  while (text.length < bytes) text += sentence(d) + (d.next() < 0.15 ? '\n\n' : ' ')
  return text.slice(0, bytes)
}

/** What a tool returns: JSON records, a document, or log lines, about `bytes` long. */
export function toolResult(d: Dice, bytes: number): string {
  const kind = d.next()
  if (kind < 0.45) return records(d, bytes)
  if (kind < 0.8) return `# ${sentence(d)}\n\n${prose(d, bytes)}`.slice(0, bytes)
  return logLines(d, bytes)
}

function records(d: Dice, bytes: number): string {
  // Few fields in a record and many possible: a result repeats its own keys, but results differ from each other.
  const keys = Array.from({ length: d.between(5, 9) }, () => `${d.lean(nouns)}_${d.pick(nouns)}`)
  const list: Record<string, unknown>[] = []
  let size = 0
  while (size < bytes) {
    const record: Record<string, unknown> = { id: d.next() < 0.5 ? uuid(d) : d.token(10) }
    for (const key of keys) record[key] = field(d)
    list.push(record)
    size += JSON.stringify(record).length + 1
  }
  const text = JSON.stringify({ total: d.between(list.length, 4000), records: list })
  return text.slice(0, bytes)
}

function field(d: Dice): unknown {
  const kind = d.between(0, 7)
  if (kind === 0) return d.between(0, 100_000)
  if (kind === 1) return Number((d.next() * 10_000).toFixed(2))
  if (kind === 2) return d.next() < 0.5
  if (kind === 3) return person(d)
  if (kind === 4) return `${day(d)}T${clockTime(d)}Z`
  if (kind === 5) return { city: d.pick(places), code: d.token(6) }
  if (kind === 6) return sentence(d)
  return `${d.lean(adjectives)} ${d.lean(nouns)}`
}

function logLines(d: Dice, bytes: number): string {
  let text = ''
  while (text.length < bytes) {
    const level = d.pick(['INFO', 'INFO', 'INFO', 'WARN', 'DEBUG', 'ERROR'])
    text += `${day(d)} ${clockTime(d)} ${level} [${d.lean(nouns)}-${d.between(1, 64)}] ${sentence(d)} ${d.lean(nouns)}=${particular(d)}\n`
  }
  return text.slice(0, bytes)
}

function particular(d: Dice): string {
  const kind = d.between(0, 5)
  if (kind === 0) return person(d)
  if (kind === 1) return d.pick(places)
  if (kind === 2) return String(d.between(2, 90_000))
  if (kind === 3) return day(d)
  if (kind === 4) return `${d.token(3, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}-${d.between(1000, 99_999)}`
  return `$${(d.next() * 5000).toFixed(2)}`
}

function inflect(d: Dice, verb: string): string {
  const ending = d.between(0, 4)
  if (ending > 2) return verb
  if (ending === 0) return `${verb}s`
  const stem = verb.endsWith('e') ? verb.slice(0, -1) : verb
  return ending === 1 ? `${stem}ed` : `${stem}ing`
}

function clockTime(d: Dice): string {
  return `${pad(d.between(0, 23))}:${pad(d.between(0, 59))}:${pad(d.between(0, 59))}.${d.between(100, 999)}`
}

function pad(n: number): string {
  return String(n).padStart(2, '0')
}
