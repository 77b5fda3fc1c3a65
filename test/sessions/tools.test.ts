import type { NeutralMessage, Session } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const call = (id: string, name: string, args: unknown): NeutralMessage => ({
  role: 'assistant',
  parts: [{ type: 'tool_call', id, name, arguments: args }],
})
const answer = (id: string, response: unknown, fields: Record<string, unknown> = {}): NeutralMessage => ({
  role: 'tool',
  parts: [{ type: 'tool_call_response', id, response, ...fields }],
})

describe.each(subjects)('the use of tools on $name', (subject) => {
  const scene = Scene.on(subject)
  const worked = async (): Promise<Session> => {
    const session = await scene.manager().asService().create()
    await session.messages.append([call('1', 'search', { q: 'Oslo', page: 1 }), answer('1', 'Sunny, 3 degrees')])
    scene.now += 1_000
    await session.messages.append([call('2', 'search', { q: 'Bergen' }), answer('2', 'Error: no network')])
    await session.messages.append([call('3', 'read', { path: 'a' }), answer('3', { text: 'x' }, { is_error: true })])
    scene.now += 1_000
    await session.messages.append([call('4', 'read', { path: 'b' })])
    return session
  }

  it('is listed newest first, with what came of it', async () => {
    const uses = await (await worked()).tools.search()
    expect(uses.map(({ id, name, state, response }) => [id, name, state, response])).toEqual([
      ['4', 'read', 'open', undefined],
      ['3', 'read', 'failed', { text: 'x' }],
      ['2', 'search', 'failed', 'Error: no network'],
      ['1', 'search', 'ok', 'Sunny, 3 degrees'],
    ])
    expect(uses.map(({ at }) => at)).toEqual([scene.now, scene.now - 1_000, scene.now - 1_000, scene.now - 2_000])
  })

  it('is found by tool, text, state and time', async () => {
    const { tools } = await worked()
    const ids = async (query: Parameters<Session['tools']['search']>[0]) =>
      (await tools.search(query)).map(({ id }) => id)
    expect(await ids({ name: 'search' })).toEqual(['2', '1'])
    expect(await ids({ text: 'OSLO' })).toEqual(['1'])
    expect(await ids({ text: 'network' })).toEqual(['2'])
    expect(await ids({ state: 'failed', name: 'read' })).toEqual(['3'])
    expect(await ids({ since: scene.now - 1_000, limit: 2 })).toEqual(['4', '3'])
    expect(await ids({ name: 'nothing' })).toEqual([])
  })

  it('may be taken again while it is young enough, with the same arguments in any order', async () => {
    const { tools } = await worked()
    const oslo = { name: 'search', arguments: { page: 1, q: 'Oslo' } }
    expect((await tools.reuse({ ...oslo, ttlMs: 2_000 }))?.response).toBe('Sunny, 3 degrees')
    expect(await tools.reuse({ ...oslo, ttlMs: 1_999 })).toBeUndefined()
    expect(await tools.reuse({ ...oslo, arguments: { q: 'Oslo' }, ttlMs: 9_000 })).toBeUndefined()
    expect(await tools.reuse({ name: 'search', arguments: { q: 'Bergen' }, ttlMs: 9_000 })).toBeUndefined()
  })

  it('tells calls of the same id apart, and calls without one', async () => {
    const { session } = await scene.manager().asService().getOrCreate('chat')
    await session.messages.append([
      call('x', 'a', 1),
      answer('x', 'one'),
      call('x', 'a', 2),
      answer('x', 'two'),
      { role: 'assistant', parts: [{ type: 'tool_call', name: 'b' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', response: 'three' }] },
      answer('unknown', 'of nobody'),
    ])
    const uses = await session.tools.search()
    expect(uses.map(({ name, response }) => [name, response])).toEqual([
      ['b', 'three'],
      ['a', 'two'],
      ['a', 'one'],
    ])
  })

  it.each<[unknown]>([
    [null],
    [{ name: 7 }],
    [{ text: {} }],
    [{ state: 'fine' }],
    [{ since: 'now' }],
    [{ limit: 0 }],
    [{ tool: 'x' }],
  ])('is not searched by %j', async (query) => {
    await expect((await worked()).tools.search(query as never)).rejects.toMatchObject({ code: 'TOOL_QUERY_INVALID' })
  })

  it.each<[unknown]>([[{}], [{ name: '', ttlMs: 1 }], [{ name: 'a' }], [{ name: 'a', ttlMs: -1 }], [[]]])(
    'is not taken again by %j',
    async (query) => {
      await expect((await worked()).tools.reuse(query as never)).rejects.toMatchObject({ code: 'TOOL_QUERY_INVALID' })
    },
  )
})
