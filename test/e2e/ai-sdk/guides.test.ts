import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as bridge from '@ai-sdk/langchain'
import type { Store } from '@everthread/core'
import * as core from '@everthread/core'
import * as context from '@everthread/core/context'
import { memoryStore } from '@everthread/core/memory'
import { sqliteStore } from '@everthread/core/sqlite'
import * as langchain from '@everthread/langchain-adapter'
import * as adapter from '@everthread/vercel-ai-adapter'
import * as client from '@everthread/vercel-ai-adapter/client'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import * as ai from 'ai'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'
import express from 'express'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { runSnippet, type Same, sectionsOf } from '../guide-snippets.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'everthread-guides-'))
const opened: (Store | Server)[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await (one as Server).close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } }
const model = () =>
  new MockLanguageModelV4({
    doStream: async () => ({
      stream: convertArrayToReadableStream([
        { type: 'stream-start', warnings: [] },
        { type: 'text-start', id: 't' },
        { type: 'text-delta', id: 't', delta: 'Hello back' },
        { type: 'text-end', id: 't' },
        { type: 'finish', finishReason: { unified: 'stop', raw: undefined }, usage },
      ] as never),
    }),
  })

/** What a reader has: an app whose users are known, a model, and so on. */
function given(): Record<string, unknown> {
  const app = express()
  app.use((req, _res, next) => {
    Object.assign(req, { user: { id: 'ada' } })
    next()
  })
  const store = memoryStore()
  const talker = new FakeListChatModel({ responses: ['Hello back'] })
  const builder = new StateGraph(MessagesAnnotation)
    .addNode('say', async ({ messages }) => ({ messages: [await talker.invoke(messages)] }))
    .addEdge('__start__', 'say')
  const history = [{ id: 'u', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }]
  return {
    ...{ app, express, store, builder, history, SessionManager: core.SessionManager },
    ...{ model: model(), tools: {}, token: 'x', id: 'chat-1', first: [], streamText: ai.streamText },
    userOf: async () => 'ada',
    waitUntil: () => {},
    kept: {},
  }
}

const modules = {
  '@everthread/core': { ...core },
  '@everthread/core/context': { ...context },
  '@everthread/core/sqlite': {
    sqliteStore: (name: string) => {
      const store = sqliteStore(join(folder, `${crypto.randomUUID()}-${name}`))
      opened.push(store)
      return store
    },
  },
  '@everthread/langchain-adapter': { ...langchain },
  '@everthread/vercel-ai-adapter': { ...adapter },
  '@everthread/vercel-ai-adapter/client': { ...client },
  ai: { ...ai },
  '@ai-sdk/langchain': { ...bridge },
  'next/server': { after: (_work: Promise<unknown>) => {} },
}
const same: Same = (actual, expected, line) => expect(actual, line).toEqual(expected)

type Kept = Record<'app' | 'chat' | 'POST' | 'GET' | 'posted', unknown>

/** Runs code; what it makes of these names can be used afterwards. */
async function run(code: string, inner = ''): Promise<Kept> {
  const all = given()
  const plain = `${code}\n${inner}`.replace(/^export /gm, '')
  const makes = ['chat', 'POST', 'GET'].filter((name) => new RegExp(`(const|function) ${name}\\b`).test(plain))
  const names = Object.keys(all).filter((name) => !new RegExp(`import \\{[^}]*\\b${name}\\b`).test(plain))
  await runSnippet(
    `import { ${names.join(', ')} } from 'given'\n${plain}\nObject.assign(kept, { app${makes.map((name) => `, ${name}`).join('')} })`,
    { ...modules, given: all },
    same,
  )
  return all.kept as Kept
}

const body = (text: string) =>
  JSON.stringify({
    ...{ id: 'chat-1', trigger: 'submit-message' },
    messages: [{ id: text, role: 'user', parts: [{ type: 'text', text }] }],
  })
const headers = { 'content-type': 'application/json' }

/** The app answers on this address. */
async function listen(app: unknown): Promise<string> {
  const server = (app as ReturnType<typeof express>).listen(0, '127.0.0.1')
  opened.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/chat`
}

async function asked(app: unknown, text = 'Hello'): Promise<string> {
  const url = await listen(app)
  const response = await fetch(url, { method: 'POST', headers, body: body(text) })
  expect(await response.text()).toContain('Hello back')
  return url
}

describe('the snippets of the README', () => {
  const sections = sectionsOf(textOf('packages/vercel-ai-adapter/README.md'))
  const codeUnder = (title: string) => sections.find((one) => one.title === title)?.code ?? ''

  it.each(['Express', 'A Next.js route handler'])('%s: under 20 lines', (title) => {
    expect(codeUnder(title)).not.toBe('')
    expect(codeUnder(title).trim().split('\n').length).toBeLessThan(20)
  })

  it('Express: answers, keeps and resumes', async () => {
    const { app, chat } = await run(codeUnder('Express'))
    const url = await asked(app)
    expect(await (chat as adapter.Chat).history('chat-1', { owner: 'ada' })).toHaveLength(2)
    expect((await fetch(`${url}/chat-1/stream`)).status).toBe(204)
  })

  it('Next.js: answers and keeps', async () => {
    const { POST, chat } = await run(codeUnder('A Next.js route handler'))
    const request = new Request('http://next/api/chat', { method: 'POST', headers, body: body('Hello') })
    const response = await (POST as (request: Request) => Promise<Response>)(request)
    expect(await response.text()).toContain('Hello back')
    expect(await (chat as adapter.Chat).history('chat-1', { owner: 'ada' })).toHaveLength(2)
  })

  it('the pieces alone: run', async () => {
    for (const { title, code } of sections.slice(2)) expect(Object.keys(await run(code)), title).toContain('app')
  })
})

describe('the snippets of the guide to the AI SDK', () => {
  const [start, ...sections] = sectionsOf(textOf('docs/guides/ai-sdk.md'))
  const first = start?.code ?? ''

  it('its routes answer, as Express and as the web have them', async () => {
    const { app, chat, POST } = await run(first)
    const url = await asked(app)
    expect(await (await fetch(`${url}/chat-1`)).json()).toHaveLength(2)
    expect((await fetch(`${url}/chat-1/stream`)).status).toBe(204)
    expect(await (await fetch(`${url}/chat-1/stop`, { method: 'POST' })).json()).toEqual({ stopped: false })
    const request = new Request('http://web/api/chat', { method: 'POST', headers, body: body('Again') })
    expect(await (await (POST as (request: Request) => Promise<Response>)(request)).text()).toContain('Hello back')
    expect(await (chat as adapter.Chat).history('chat-1', { owner: 'ada' })).toHaveLength(4)
  })

  it('Coming back, and stopping: a web route resumes', async () => {
    const { GET } = await run(first, sections.find(({ title }) => title === 'Coming back, and stopping')?.code)
    const get = GET as (request: Request, given: object) => Promise<Response>
    const response = await get(new Request('http://web/'), { params: Promise.resolve({ id: 'chat-1' }) })
    expect(response.status).toBe(204)
  })

  it('Lists, titles, and versions of a message', async () => {
    const code = sections.find(({ title }) => title.startsWith('Lists'))?.code ?? ''
    expect(code).toContain('chat.list')
    await run(`${first}\nawait chat.begin(${body('Hello')}, { owner: 'ada' }).then((turn) => turn.cancel())`, code)
  })

  it('A LangGraph agent behind the chat', async () => {
    const { app, chat } = await run(sections.find(({ title }) => title.startsWith('A LangGraph'))?.code ?? '')
    await (await fetch(await listen(app), { method: 'POST', headers, body: body('Hello') })).text()
    const [, answer] = await (chat as adapter.Chat).history('chat-1', { owner: 'ada' })
    expect(answer?.parts.map(({ text }) => text).join('')).toBe('Hello back')
  })

  it('In the browser: a transport is made', async () => {
    const code = sections.find(({ title }) => title === 'In the browser')?.code ?? ''
    const hook = { useChat: (options: object) => ({ messages: [], sendMessage: () => {}, ...options }) }
    expect(code).toContain('everthreadTransport(')
    await runSnippet(
      `const [token, id, first] = ['x', 'chat-1', []]\n${code}`,
      { ...modules, '@ai-sdk/react': hook },
      same,
    )
  })
})
