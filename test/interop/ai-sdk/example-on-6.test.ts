import { randomUUID } from 'node:crypto'
import type { UIMessage } from 'ai'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { openDesk } from '../../browser/vercel-chat/desk.ts'

// The example is written for 7; an application that is still on 6 has the same routes.
vi.mock('ai', () => import('ai-6'))
vi.mock('ai/test', async () => ({ MockLanguageModelV4: (await import('ai-6/test')).MockLanguageModelV3 }))

const desk = await openDesk({ redis: process.env.EVERTHREAD_TEST_REDIS ?? '' })
afterAll(() => desk.close())

type Chunk = { type: string; delta?: string; approvalId?: string }

const spoken = (chunks: Chunk[]): string =>
  chunks.flatMap(({ type, delta = '' }) => (type === 'text-delta' ? [delta] : [])).join('')

describe.each(['express', 'next'] as const)('the example’s routes with `ai` 6, on Redis: %s', (form) => {
  it('answer, ask for an approval, go on by it, and tell the same again', async () => {
    const { url } = await desk.start(form)
    const cookie = (await fetch(url)).headers.getSetCookie()[0]?.split(';')[0] as string
    const headers = { cookie, 'content-type': 'application/json' }
    const id = randomUUID()

    async function send(message: object): Promise<Chunk[]> {
      const body = JSON.stringify({ id, messages: [message] })
      const response = await fetch(`${url}/api/chat`, { method: 'POST', headers, body })
      expect(response.headers.get('x-everthread-place')).toMatch(/\.-?\d+$/)
      const events = (await response.text()).split('\n\n').filter((event) => event && event !== 'data: [DONE]')
      return events.map((event) => JSON.parse(event.slice('data: '.length)) as Chunk)
    }
    const history = async (): Promise<UIMessage[]> => {
      const response = await fetch(`${url}/api/chat/${id}`, { headers })
      return ((await response.json()) as { messages: UIMessage[] }).messages
    }
    const user = (text: string) => ({ id: randomUUID(), role: 'user', parts: [{ type: 'text', text }] })

    expect(spoken(await send(user('When does the ferry to Tern leave?')))).toMatch(
      /^Today the ferry to Tern leaves at 08:30/,
    )
    const asked = await send(user('Book a passage to Tern for 3'))
    const approvalId = asked.find(({ type }) => type === 'tool-approval-request')?.approvalId
    const answer = (await history()).at(-1) as UIMessage
    const approved = answer.parts.map((part) =>
      part.type === 'tool-bookPassage'
        ? { ...part, state: 'approval-responded', approval: { id: approvalId, approved: true } }
        : part,
    )
    const went = await send({ ...answer, parts: approved })
    expect(spoken(went)).toBe('Done: your booking is TE-1140-3. Be at the pier ten minutes before it leaves.')
    const said = (await history()).map(({ parts }) =>
      parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
    )
    expect(said.map(([text]) => text?.slice(0, 12))).toEqual([
      'When does th',
      'Today the fe',
      'Book a passa',
      'Done: your b',
    ])
    expect((await fetch(`${url}/api/chat/${id}/stream`, { headers })).status).toBe(204)
    const stopped = await fetch(`${url}/api/chat/${id}/stop`, { method: 'POST', headers })
    expect(await stopped.json()).toEqual({ stopped: false })
  })
})
