import { readFileSync } from 'node:fs'
import type { OpenAIChatMessage } from '@everthread/core/context'

/** Conversations in OpenAI chat form: the recorded ones of `EVERTHREAD_TRANSCRIPTS`, else made-up ones like them. */
export function conversations(): { name: string; all: OpenAIChatMessage[][] } {
  const file = process.env.EVERTHREAD_TRANSCRIPTS
  if (!file) return { name: 'made-up conversations', all: [8, 12, 20, 30].map(madeUp) }
  const lines = readFileSync(file, 'utf8').split('\n')
  const all = lines.filter((line) => line.trim() !== '').map((line) => (JSON.parse(line) as Recorded).messages)
  return { name: 'recorded conversations', all }
}

interface Recorded {
  messages: OpenAIChatMessage[]
}

function madeUp(steps: number): OpenAIChatMessage[] {
  const messages: OpenAIChatMessage[] = [{ role: 'system', content: 'Help with bookings. '.repeat(60) }]
  for (let i = 0; i < steps; i++) {
    if (i % 3 === 0)
      messages.push({ role: 'user', content: `My number is R${i}${steps}, please look at it and say why.` })
    messages.push(call(`c${i}`, i), { role: 'tool', tool_call_id: `c${i}`, name: nameOf(i), content: booking(i) })
    if (i % 3 === 2) messages.push({ role: 'assistant', content: `Reservation R${i} is as it should be.` })
  }
  return messages
}

const nameOf = (i: number): string => ['get_reservation', 'search_flights'][i % 2] as string

function call(id: string, i: number): OpenAIChatMessage {
  const made = { name: nameOf(i), arguments: JSON.stringify({ id: `R${i % 5}` }) }
  return { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: made }] }
}

function booking(i: number): string {
  const legs = Array.from({ length: (i % 7) + 1 }, (_, leg) => ({
    flight: `HAT${i}${leg}`,
    from: 'MCO',
    to: 'JFK',
    price: leg * 97,
  }))
  return JSON.stringify({ id: `R${i}`, legs, cabin: 'economy' })
}

/** Whether a request is made with these messages: someone waits for what the assistant says. */
export function asks(messages: readonly OpenAIChatMessage[]): boolean {
  const role = messages.at(-1)?.role
  return role === 'user' || role === 'tool'
}
