import type { CompactionModel } from '../../../src/context/compaction/compaction.ts'
import type { NeutralMessage } from '../../../src/index.ts'

export const user = (id: string, content: string): NeutralMessage => ({
  id,
  role: 'user',
  parts: [{ type: 'text', content }],
})

export const assistant = (id: string, content: string): NeutralMessage => ({
  id,
  role: 'assistant',
  parts: [{ type: 'text', content }],
})

export const calls = (id: string, name: string, args: unknown, ...callIds: string[]): NeutralMessage => ({
  id,
  role: 'assistant',
  parts: callIds.map((callId) => ({ type: 'tool_call', id: callId, name, arguments: args })),
})

export const result = (id: string, callId: string, response: unknown): NeutralMessage => ({
  id,
  role: 'tool',
  parts: [{ type: 'tool_call_response', id: callId, response }],
})

/** Turns of four messages: the user asks, a tool is called and answers, the assistant tells. */
export function turns(count: number, from = 0): NeutralMessage[] {
  return Array.from({ length: count }, (_, i) => from + i).flatMap((n) => [
    user(`u${n}`, `Please look up order ORD-${4000 + n} for me, and tell me whether it has left the warehouse by now.`),
    calls(`a${n}`, 'find_order', { order: `ORD-${4000 + n}` }, `call-${n}`),
    result(`r${n}`, `call-${n}`, { order: `ORD-${4000 + n}`, state: 'shipped', carrier: 'Posten', weight: 3 + n }),
    assistant(`t${n}`, `Order ORD-${4000 + n} has left the warehouse. It will be with you in ${1 + (n % 4)} days.`),
  ])
}

export const HEADINGS =
  '## Decisions\nnone\n## Open tasks\nnone\n## Constraints\nnone\n## Pending asks\nnone\n## Identifiers\n'

/** A model that does what it is asked: it names what must be named. */
export const faithful: CompactionModel = (prompt) =>
  `## Summary\nThe user asked about orders.\n${HEADINGS}${mustNames(prompt)}`

/** What the prompt says must stand in the summary. */
function mustNames(prompt: string): string {
  return /must stand in the summary exactly as they are: (.*)/.exec(prompt)?.[1] ?? ''
}

/** A model that notes what it was asked. */
export function noting(model: CompactionModel): { model: CompactionModel; prompts: string[] } {
  const prompts: string[] = []
  return {
    prompts,
    model: (prompt, options) => {
      prompts.push(prompt)
      return model(prompt, options)
    },
  }
}
