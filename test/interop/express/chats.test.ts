import { SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { type SessionOptions, session } from '@everthread/express-middleware'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AnyRequest, type Client, closeServers, type Middleware, serve } from './server.ts'

type Ours = InstanceType<typeof session.Session>

describe('chats behind a web session', () => {
  const ours = (req: AnyRequest) => req.session as unknown as Ours

  /** Answers with the chat that the path asks for, and the chats that there are. */
  async function open(options: SessionOptions): Promise<Client> {
    return serve([session({ secret: 'x', ...options }) as Middleware], async (req, res) => {
      const [, path = '', argument] = (req.url ?? '').split('/')
      const found: Record<string, unknown> = {}
      try {
        if (path === 'login') await ours(req).login(argument ?? '')
        if (path === 'late') res.flushHeaders()
        if (path === 'chat' || path === 'late') found.chat = (await ours(req).chat(argument)).id
        if (path === 'get') found.chat = (await ours(req).chats.get(argument ?? ''))?.id
        if (path === 'say') {
          const chat = await ours(req).chat(argument)
          await chat.messages.append({ role: 'user', parts: [{ type: 'text', content: 'Hello' }] })
          found.messages = chat.counts.messages
        }
        if (path === 'page') {
          const { chats, cursor } = await ours(req).chats.list({ limit: 2, ...(argument ? { cursor: argument } : {}) })
          Object.assign(found, { chats: chats.map(({ id }) => id), cursor })
        }
      } catch (error) {
        found.code = (error as { code?: string }).code
      }
      res.end(JSON.stringify(found))
    })
  }

  const ask = async (by: Client, path: string) =>
    JSON.parse((await by.get(path)).text) as { chat: string; chats: string[]; cursor?: string; code?: string }

  let client: Client
  let other: Client
  beforeEach(async () => {
    const store = memoryStore()
    client = await open({ store })
    other = await open({ store })
  })
  afterEach(closeServers)

  it('a chat is made when it is missing, and is the same the next time', async () => {
    expect((await ask(client, '/chat/one')).chat).toBe('one')
    await ask(client, '/say/one')
    expect((await ask(client, '/page')).chats).toEqual(['one'])
  })

  it('is found by its id, without being made', async () => {
    expect(await ask(client, '/get/one')).toEqual({})
    expect((await ask(client, '/page')).chats).toEqual([])
    await ask(client, '/chat/one')
    expect(await ask(client, '/get/one')).toEqual({ chat: 'one' })
    expect(await ask(other, '/get/one')).toEqual({})
  })

  it('without an id each is a new one, whose id is told', async () => {
    const [one, two] = [(await ask(client, '/chat')).chat, (await ask(client, '/chat')).chat]
    expect(one).not.toBe(two)
    expect((await ask(client, '/page')).chats?.sort()).toEqual([one, two].sort())
  })

  it('a guest gets a cookie with the first chat, and nothing before', async () => {
    expect((await client.get('/page')).set).toBeUndefined()
    expect((await client.get('/chat/one')).set).toBeDefined()
  })

  it('a guest cannot begin when the headers have left, as no cookie would bring them back', async () => {
    await closeServers()
    client = await serve([session({ secret: 'x', store: memoryStore() }) as Middleware], async (req, res) => {
      res.setHeader('Content-Length', 12)
      res.flushHeaders()
      await ours(req)
        .chat('one')
        .catch((error: { code: string }) => res.end(error.code))
    })
    expect((await client.get()).text).toBe('HEADERS_SENT')
  })

  it('nobody comes to the chat of somebody else by its id', async () => {
    await ask(client, '/chat/one')
    expect(await ask(other, '/chat/one')).toEqual({ code: 'SESSION_EXISTS' })
    await ask(other, '/login/bob')
    expect(await ask(other, '/chat/one')).toEqual({ code: 'SESSION_EXISTS' })
    expect((await ask(other, '/page')).chats).toEqual([])
  })

  it('a user has the same chats in each browser', async () => {
    await ask(client, '/login/ada')
    await ask(client, '/chat/one')
    await ask(other, '/login/ada')
    expect((await ask(other, '/page')).chats).toEqual(['one'])
    expect((await ask(other, '/chat/one')).chat).toBe('one')
  })

  it('a guest who logs in keeps the chats from before, in pages after the user’s own', async () => {
    for (const id of ['g1', 'g2', 'g3']) await ask(client, `/chat/${id}`)
    await ask(client, '/login/ada')
    await ask(client, '/chat/u1')
    const seen: string[] = []
    let cursor: string | undefined = ''
    do {
      const page: { chats: string[]; cursor?: string } = await ask(client, `/page/${cursor}`)
      seen.push(...page.chats)
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(seen[0]).toBe('u1')
    expect(seen.sort()).toEqual(['g1', 'g2', 'g3', 'u1'])
    expect((await ask(client, '/chat/g2')).chat).toBe('g2')
  })

  it('the chats are those of the manager that is given', async () => {
    const sessions = new SessionManager({ store: memoryStore(), tenant: 'acme' })
    client = await open({ sessions })
    await ask(client, '/login/ada')
    await ask(client, '/chat/one')
    expect(await sessions.as({ userId: 'ada' }).exists('one')).toBe(true)
  })

  it('web sessions are in no list and no count of sessions', async () => {
    const sessions = new SessionManager({ store: memoryStore() })
    client = await open({ sessions })
    await ask(client, '/login/ada')
    expect([await sessions.asService().count(), (await sessions.asService().stats()).total]).toEqual([0, 0])
  })

  it('a store of others has no chats', async () => {
    client = await open({ store: new session.MemoryStore() })
    expect(await ask(client, '/chat/one')).toEqual({ code: 'STORE_UNSUPPORTED' })
  })
})
