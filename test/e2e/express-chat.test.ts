import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { afterAll, describe, expect, it } from 'vitest'
import type { AppOptions } from '../../examples/express-chat/app.ts'
import { closeChats, startChat } from '../browser/express-chat/chat-server.ts'
import { makeFolder, removeFolder } from '../servers/server-process.ts'

afterAll(async () => expect(await closeChats()).toEqual([]))

const main = join(import.meta.dirname, '../../examples/express-chat/main.ts')
const ownPage = { 'X-Requested-By': 'express-chat', 'Sec-Fetch-Site': 'same-origin' }

interface Answer {
  status: number
  code: string | undefined
  body: Record<string, unknown>
  headers: Headers
}

/** Somebody with a cookie jar of one cookie, who sends what our page sends unless told otherwise. */
async function visitor(options: Partial<AppOptions> = {}) {
  const chat = await startChat(options)
  const { url } = chat
  let cookie = ''
  async function ask(method: string, path: string, body?: unknown, headers: object = ownPage): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(cookie && { Cookie: cookie }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const [set] = response.headers.getSetCookie()
    if (set) cookie = set.split(';')[0] as string
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const value = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>
    return { status: response.status, code: value.code as string | undefined, body: value, headers: response.headers }
  }
  return { chat, url, ask, forget: () => (cookie = '') }
}

/** A store, and how often it was asked. */
function counted(): { store: Store; calls: Record<'read' | 'commit' | 'query', number> } {
  const calls = { read: 0, commit: 0, query: 0 }
  const store = memoryStore()
  const watch =
    (name: keyof typeof calls, ask: (...args: never[]) => unknown) =>
    (...args: never[]) => {
      calls[name]++
      return ask.apply(store, args)
    }
  const { read, commit, query } = store
  Object.assign(store, { read: watch('read', read), commit: watch('commit', commit), query: watch('query', query) })
  return { store, calls }
}

describe('the Express chat refuses', () => {
  it.each([
    ['a form of another site', { 'Content-Type': 'text/plain', 'Sec-Fetch-Site': 'cross-site' }],
    ['a form of an older browser', { Origin: 'https://evil.example', 'Content-Type': 'text/plain' }],
    ['a script of another site, with our header', { ...ownPage, 'Sec-Fetch-Site': 'cross-site' }],
    ['a page of a neighbouring host, with our header', { ...ownPage, 'Sec-Fetch-Site': 'same-site' }],
    [
      'an older browser on another site, with our header',
      { 'X-Requested-By': 'express-chat', Origin: 'https://evil.example' },
    ],
    ['a frame that hides its origin', { 'X-Requested-By': 'express-chat', Origin: 'null' }],
    ['a form of our own origin, which cannot send the header', { 'Sec-Fetch-Site': 'same-origin' }],
  ])('%s', async (_, headers) => {
    const { store, calls } = counted()
    const { ask } = await visitor({ store })
    for (const path of [
      '/chats',
      '/account/login',
      '/account/logout-everywhere',
      '/chats/some/ask',
      '/chats/some/end',
    ]) {
      const { status, code } = await ask('POST', path, {}, headers)
      expect([path, status, code]).toEqual([path, 403, 'CROSS_SITE'])
    }
    expect((await ask('DELETE', '/chats/some', undefined, headers)).status).toBe(403)
    expect(calls).toEqual({ read: 0, commit: 0, query: 0 })
  })

  it('nothing of its own page, in browsers old and new', async () => {
    const { ask, url } = await visitor()
    const older = { 'X-Requested-By': 'express-chat', Origin: url }
    expect((await ask('POST', '/chats', {}, older)).status).toBe(201)
    expect((await ask('POST', '/chats', {}, ownPage)).status).toBe(201)
  })

  it('a request of another site to read, and one without our cookie’s protection', async () => {
    const { ask } = await visitor()
    expect((await ask('GET', '/chats', undefined, { 'Sec-Fetch-Site': 'cross-site' })).code).toBe('CROSS_SITE')
    expect((await ask('GET', '/chats', undefined, {})).status).toBe(200)
    const { headers } = await ask('POST', '/chats', {})
    expect(headers.getSetCookie()[0]).toMatch(/; HttpOnly; SameSite=Lax$/)
  })

  it('a body that is too large, or no JSON, before it looks into the store', async () => {
    const { store, calls } = counted()
    const { ask } = await visitor({ store })
    const large = await ask('POST', '/chats/some/ask', { id: randomUUID(), text: 'x'.repeat(20_000) })
    expect([large.status, large.code]).toEqual([413, 'BODY_TOO_LARGE'])
    const broken = await ask('POST', '/chats', '{"title":')
    expect([broken.status, broken.code]).toEqual([400, 'REQUEST_INVALID'])
    expect(broken.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(calls).toEqual({ read: 0, commit: 0, query: 0 })
  })

  it('a question that is none', async () => {
    const { ask } = await visitor()
    const { id } = (await ask('POST', '/chats', {})).body
    for (const body of [
      {},
      { id: randomUUID(), text: '  ' },
      { id: 'no uuid', text: 'Hello' },
      { id: 1, text: 2, more: 3 },
    ]) {
      expect(await ask('POST', `/chats/${id}/ask`, body)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
    }
    const long = { id: randomUUID(), text: 'x'.repeat(4_001) }
    expect((await ask('POST', `/chats/${id}/ask`, long)).status).toBe(400)
  })

  it('the chat of somebody else, by any of its routes, and makes none by asking', async () => {
    const store = memoryStore()
    const owner = await visitor({ store })
    const { id } = (await owner.ask('POST', '/chats', {})).body
    const other = await visitor({ store })
    await other.ask('POST', '/account/login', { name: 'grace', password: 'grace' })
    for (const chat of [id, 'none']) {
      const asked = { id: randomUUID(), text: 'Hello' }
      expect((await other.ask('POST', `/chats/${chat}/ask`, asked)).status).toBe(404)
      expect((await other.ask('GET', `/chats/${chat}/answer`)).status).toBe(404)
      expect((await other.ask('POST', `/chats/${chat}/stop`, {})).status).toBe(404)
      expect((await other.ask('POST', `/chats/${chat}/switch`, { branch: 'main' })).status).toBe(404)
    }
    expect((await other.ask('GET', '/chats')).body.chats).toEqual([])
  })

  it('more requests, questions and logins a minute than are allowed', async () => {
    const { ask } = await visitor({ limits: { requests: 12, questions: 2, logins: 2 } })
    const login = () => ask('POST', '/account/login', { name: 'ada', password: 'no' })
    expect([(await login()).status, (await login()).status, (await login()).code]).toEqual([
      401,
      401,
      'TOO_MANY_REQUESTS',
    ])
    const question = () => ask('POST', '/chats/some/ask', { id: randomUUID(), text: 'Hello' })
    expect([(await question()).status, (await question()).status, (await question()).status]).toEqual([404, 404, 429])
    for (let i = 0; i < 6; i++) expect((await ask('GET', '/chats')).status).toBe(200)
    const refused = await ask('GET', '/chats')
    expect([refused.status, refused.code]).toEqual([429, 'TOO_MANY_REQUESTS'])
    expect(refused.headers.get('retry-after')).toBeTruthy()
  })

  it('wrong passwords alike, whether there is such a person or not', async () => {
    const { ask } = await visitor()
    const wrong = await ask('POST', '/account/login', { name: 'ada', password: 'no' })
    const nobody = await ask('POST', '/account/login', { name: '__proto__', password: 'no' })
    expect([wrong.status, nobody.status]).toEqual([401, 401])
    expect(wrong.body).toEqual(nobody.body)
    expect(wrong.headers.getSetCookie()).toEqual([])
  })
})

describe('the Express chat', () => {
  it('stores nothing for those who only look, however many come', async () => {
    const { store, calls } = counted()
    const { ask, forget, url } = await visitor({ store, limits: { requests: 10_000 } })
    for (let i = 0; i < 50; i++) {
      forget()
      for (const path of ['/account', '/chats', '/', '/c/some']) {
        expect((await ask('GET', path)).headers.getSetCookie()).toEqual([])
      }
      // A cookie that is made up is not looked for either.
      await fetch(`${url}/account`, { headers: { Cookie: `chat.sid=s%3A${randomUUID()}.forged` } })
    }
    expect(calls).toEqual({ read: 0, commit: 0, query: 0 })
  })

  it('sends headers that let nothing else run, load or frame it', async () => {
    const { ask } = await visitor()
    const { headers } = await ask('GET', '/')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';script-src 'self';style-src 'self';/)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
  })

  it('answers as problem JSON where there is nothing', async () => {
    const { ask } = await visitor()
    const { status, code, headers } = await ask('GET', '/nothing')
    expect([status, code]).toEqual([404, 'NOT_FOUND'])
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  })

  it('asks once, however often the same question is sent', async () => {
    const { ask } = await visitor()
    const { id } = (await ask('POST', '/chats', {})).body
    const question = { id: randomUUID(), text: 'What does a bicycle cost?' }
    for (let i = 0; i < 3; i++) expect((await ask('POST', `/chats/${id}/ask`, question)).status).toBe(202)
    const { headers } = await ask('GET', `/chats/${id}/answer`)
    expect(headers.get('content-type')).toBe('text/event-stream')
    const { messages } = (await ask('GET', `/chats/${id}/messages`)).body as { messages: { role: string }[] }
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'tool', 'assistant'])
  })

  it('forks and switches no chat in the middle of an answer, and lets nobody wait who asks when it closes', async () => {
    const store = memoryStore()
    const { ask, chat } = await visitor({ store })
    const { id } = (await ask('POST', '/chats', {})).body
    chat.gate.after(2)
    const question = { id: randomUUID(), text: 'What does a bicycle cost?' }
    await ask('POST', `/chats/${id}/ask`, question)
    const change = (what: string, body: object) => ask('POST', `/chats/${id}/${what}`, body)
    const busy = { status: 409, code: 'SESSION_BUSY' }
    expect(await change('fork', { from: question.id, switch: true })).toMatchObject(busy)
    expect(await change('switch', { branch: 'main' })).toMatchObject(busy)
    const waiting = ask('POST', `/chats/${id}/ask`, { id: randomUUID(), text: 'And a dog?' })
    const partition = { tenant: 'default', id: String(id) }
    const tickets = async () => (await store.read(partition, [{ prefix: 'q/', limit: 1 }])).rows[0]?.length
    await expect.poll(tickets).toBe(1)
    const closed = chat.close()
    expect(await waiting).toMatchObject({ status: 503, code: 'SERVER_CLOSING' })
    await closed
  })

  it('tells its log, and not the client, what is its own fault', async () => {
    const store = memoryStore()
    const reports: unknown[] = []
    const { ask } = await visitor({ store, report: (error) => void reports.push(error) })
    await ask('POST', '/chats', {})
    Object.assign(store, { read: () => Promise.reject(new Error('secret detail')) })
    const { status, code, body } = await ask('GET', '/account')
    expect([status, code]).toEqual([500, 'INTERNAL'])
    expect(JSON.stringify(body)).not.toContain('secret detail')
    expect(reports).toEqual([expect.objectContaining({ message: 'secret detail' })])
  })

  it('starts by its command, and ends cleanly, whoever still reads a stream', async () => {
    const cwd = makeFolder('express-chat')
    const { EVERTHREAD_MODEL: _, REDIS_URL: __, ...env } = process.env
    const child = execFile(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
      cwd,
      env: { ...env, PORT: '0' },
    })
    const ended = once(child, 'exit')
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [string]
    const url = /http:\S+(?=,)/.exec(line)?.[0] ?? ''
    expect((await fetch(url)).status).toBe(200)
    const made = await fetch(`${url}/chats`, {
      method: 'POST',
      headers: { ...ownPage, 'Content-Type': 'application/json' },
      body: '{}',
    })
    const { id } = (await made.json()) as { id: string }
    const headers = { Cookie: made.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    expect((await fetch(`${url}/chats/${id}/events`, { headers })).status).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    removeFolder(cwd)
  })

  it('says in a line why it cannot start', async () => {
    const { stderr } = await new Promise<{ stderr: string }>((resolve) => {
      const env = { ...process.env, EVERTHREAD_MODEL: 'nobody:knows', PORT: '0' }
      execFile(process.execPath, ['--disable-warning=ExperimentalWarning', main], { env }, (error, _, stderr) => {
        resolve({ stderr: `${error?.code} ${stderr}` })
      })
    })
    expect(stderr).toMatch(/^1 EVERTHREAD_MODEL=nobody:knows cannot be used: .*\n$/)
  })
})
