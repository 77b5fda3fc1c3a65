import { readFileSync } from 'node:fs'
import { type Dice, dice, person, prose, toolResult, uuid } from './text.ts'
import { nouns, verbs } from './vocabulary.ts'

/** What happens in one turn of the thread: a question, one tool call, its result, an answer. */
export interface Turn {
  question: string
  call: { id: string; name: string; args: Record<string, unknown> }
  result: string
  answer: string
  /** Ids of the question, the call, the result and the answer, so that two runs write the same messages. */
  ids: [string, string, string, string]
}

/** Where turns come from. The first `n` are the same for every saver, and for every `count`. */
export interface TurnSource {
  name: string
  take(count: number): Turn[]
}

const size = { question: 200, result: 3000, answer: 600 }

export function generatedTurns(seed: number): TurnSource {
  return {
    name: 'generated text',
    take: (count) => {
      const d = dice(seed)
      return Array.from({ length: count }, () =>
        frame(d, prose(d, size.question), toolResult(d, size.result), prose(d, size.answer)),
      )
    },
  }
}

/**
 * Turns drawn from recorded conversations: a JSONL of `{ messages }` in OpenAI chat form. The texts of each role are
 * read one after another and cut to size; where they run out they start over with other digits, so that a
 * second pass is not a copy of the first.
 */
export function transcriptTurns(file: string, seed: number): TurnSource {
  const texts = { user: '', tool: '', assistant: '' }
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line.trim()) continue
    const { messages } = JSON.parse(line) as { messages: { role: string; content: unknown }[] }
    for (const { role, content } of messages) {
      if (typeof content === 'string' && role in texts) texts[role as keyof typeof texts] += `${content}\n`
    }
  }
  for (const [role, text] of Object.entries(texts)) {
    if (text.length === 0) throw new Error(`${file} has no text of role ${role}: give a JSONL of { messages }.`)
  }
  return {
    name: 'recorded transcripts',
    take: (count) => {
      const d = dice(seed)
      return Array.from({ length: count }, (_, index) => {
        const cut = (text: string, bytes: number): string => cutOf(d, text, index * bytes, bytes)
        return frame(d, cut(texts.user, size.question), cut(texts.tool, size.result), cut(texts.assistant, size.answer))
      })
    },
  }
}

function cutOf(d: Dice, text: string, from: number, bytes: number): string {
  let out = ''
  while (out.length < bytes) {
    const at = from + out.length
    const part = text.slice(at % text.length, (at % text.length) + bytes - out.length)
    out += at < text.length ? part : part.replace(/\d/g, () => String(d.between(0, 9)))
  }
  return out
}

function frame(d: Dice, question: string, result: string, answer: string): Turn {
  return {
    question,
    call: {
      id: `call_${d.token(24)}`,
      name: d.pick(['search_records', 'get_document', 'read_log', 'lookup_account']),
      args: { query: `${d.pick(verbs)} ${d.pick(nouns)}`, owner: person(d), limit: d.between(5, 50) },
    },
    result,
    answer,
    ids: [uuid(d), `chatcmpl-${d.token(29)}`, uuid(d), `chatcmpl-${d.token(29)}`],
  }
}
