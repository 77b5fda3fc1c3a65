import type { MessageView } from '../lens.ts'

/** How many of the last messages that go are held to their identifiers. */
const RECENT_MESSAGES = 10
/** How many identifiers a summary is held to, the newest first. */
const MOST = 40

/**
 * What has to be named exactly for the work to go on: ids, codes, paths, addresses, long numbers. Of the messages that
 * go, those that were said lately; of what tools gave, only what somebody took up.
 *
 * @param archived Those that the summary stands for.
 * @param all The whole view.
 */
export function identifiersToKeep(archived: readonly MessageView[], all: readonly MessageView[]): string[] {
  const said = new Set(all.flatMap((view) => view.parts.flatMap((part) => (isSaid(part.kind) ? idsIn(part.text) : []))))
  const found = new Set<string>()
  for (const { parts } of archived.slice(-RECENT_MESSAGES).reverse()) {
    for (const part of parts) {
      if (part.kind === 'reasoning') continue
      for (const id of idsIn(part.text)) if (said.has(id)) found.add(id)
    }
  }
  return [...found].slice(0, MOST)
}

/** Those that a summary does not name. */
export function missingFrom(summary: string, identifiers: readonly string[]): string[] {
  return identifiers.filter((id) => !summary.includes(id))
}

const isSaid = (kind: string): boolean => kind === 'text' || kind === 'call'

/** What stands around an identifier. */
const AROUND = /[\s"'`<>(){}[\],;|*\u2018-\u201d\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef]+/
const ENDS = /^[:!?#]+|[.:!?]+$/g

function idsIn(text: string): string[] {
  return text
    .split(AROUND)
    .flatMap((word) => (URL.test(word) ? [word] : word.split('=')))
    .filter((word) => word.length >= 4 && word.length <= 200)
    .map((word) => word.replace(ENDS, ''))
    .filter(isIdentifier)
}

const URL = /^[a-z][a-z0-9+.-]{1,20}:\/\/\S/i
const EMAIL = /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i
const PATH = /^(~|\.{1,2})?\/?[\w.-]+(\/[\w.@-]+)+$/
const DATE_OR_TIME = /^\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?|^\d{1,2}:\d{2}/
const NUMBER = /^[\d.,_]+%?$/
const CODE = /^[\w.#/:@-]+$/

function isIdentifier(word: string): boolean {
  if (URL.test(word) || EMAIL.test(word)) return true
  if (DATE_OR_TIME.test(word)) return false
  if (NUMBER.test(word)) return word.replace(/\D/g, '').length >= 6
  if (!CODE.test(word)) return false
  const digits = /\d/.test(word)
  const letters = /[a-z]/i.test(word)
  if (digits && letters) return /\d{2}|[A-Z]\d|[_-]/.test(word) && word.length >= 5
  return PATH.test(word) && (word.startsWith('/') || word.startsWith('.') || /\.\w{1,5}$/.test(word))
}
