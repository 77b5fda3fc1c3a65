import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SessionManager } from '@everthread/core'
import { sqliteStore } from '@everthread/core/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const STREAMS = process.env.EVERTHREAD_SOAK ? 1_000 : 120
const CHATS = 6
const MESSAGES = 8

describe('streams of chats, some of which end early, from a server that is killed', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-streams-'))
  const file = join(folder, 'chats.db')
  let server: ChildProcess
  let port = 0
  let cookie = ''

  async function start(): Promise<void> {
    server = fork(join(import.meta.dirname, 'express-streams-child.ts'), [file, String(port)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    const [ready] = (await once(server, 'message')) as [{ port: number }]
    port = ready.port
  }

  beforeAll(start)
  afterAll(async () => {
    const gone = once(server, 'exit')
    server.disconnect()
    await gone
    rmSync(folder, { recursive: true, force: true })
  })

  async function post(path: string, body: object): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) },
      body: JSON.stringify(body),
    })
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    await answer.text()
    return answer.status
  }

  /** A client that comes back with the last id it has seen, until it has seen the last message, or leaves after some. */
  class Client {
    readonly seen: string[] = []
    readonly chat: string
    readonly #leavesAfter: number
    #last = ''

    constructor(chat: string, leavesAfter: number) {
      this.chat = chat
      this.#leavesAfter = leavesAfter
    }

    get leaves(): boolean {
      return this.#leavesAfter < Number.POSITIVE_INFINITY
    }

    async follow(onOpen: () => void): Promise<void> {
      while (!(await this.#once(onOpen))) await sleep(20)
    }

    /** Whether it is done. */
    #once(onOpen: () => void): Promise<boolean> {
      return new Promise((resolve) => {
        const headers = { cookie, ...(this.#last ? { 'last-event-id': this.#last } : {}) }
        const sent = request({ host: '127.0.0.1', port, path: `/chats/${this.chat}/events`, headers, agent: false })
        const done = () => this.#last === 'end' || this.seen.length >= this.#leavesAfter
        sent.once('response', (res) => {
          onOpen()
          let text = ''
          res.setEncoding('utf8').on('data', (piece: string) => {
            text += piece
            const blocks = text.split('\n\n')
            text = blocks.pop() ?? ''
            for (const block of blocks) {
              const id = /^id: (.*)$/m.exec(block)?.[1]
              if (!id || done()) continue
              if (block.startsWith('event: message')) this.seen.push(id)
              this.#last = id.startsWith('end-') ? 'end' : id
            }
            if (done()) sent.destroy()
          })
          // Whoever ended it, the client looks whether it has all.
          res.on('error', () => undefined).once('close', () => resolve(done()))
        })
        sent.once('error', () => resolve(done())).end()
      })
    }
  }

  it(`of ${STREAMS}: what was acknowledged is stored, every client that stays has seen it, and nothing is left open`, async () => {
    const chats = Array.from({ length: CHATS }, (_, at) => `chat-${at}`)
    for (const id of chats) expect(await post('/chats', { id })).toBe(201)

    let random = 7
    const below = (count: number) => {
      random = (random * 48_271) % 2_147_483_647
      return random % count
    }
    const clients = Array.from({ length: STREAMS }, (_, at) => {
      const leavesAfter = at % 3 === 0 ? below(MESSAGES) : Number.POSITIVE_INFINITY
      return new Client(chats[at % CHATS] as string, leavesAfter)
    })
    let opened = 0
    const allOpen = Promise.withResolvers<void>()
    const follows = clients.map((client) => client.follow(() => ++opened === STREAMS && allOpen.resolve()))
    await allOpen.promise

    const acknowledged: string[][] = chats.map(() => [])
    const say = async (at: number, id: string): Promise<void> => {
      const message = { id, role: 'user', parts: [{ type: 'text', content: `this is ${id}` }] }
      const status = await post(`/chats/${chats[at]}/messages`, { messages: [message] }).catch(() => 0)
      if (status === 201) acknowledged[at]?.push(id)
    }
    const writers = chats.map(async (_, at) => {
      for (let number = 0; number < MESSAGES; number++) await say(at, `m-${at}-${number}`)
    })
    // In the middle of it.
    await expect.poll(() => acknowledged.flat().length, { timeout: 60_000 }).toBeGreaterThan(CHATS * 2)
    const killed = once(server, 'exit')
    server.kill('SIGKILL')
    await killed
    await start()
    await Promise.all(writers)
    for (const at of chats.keys()) await say(at, `end-${at}`)
    await Promise.all(follows)

    const store = sqliteStore(file)
    const stored = new SessionManager({ store }).asService()
    for (const [at, id] of chats.entries()) {
      const history = ((await (await stored.get(id))?.messages.list()) ?? []).map((message) => message.id)
      expect(history).toEqual(expect.arrayContaining(acknowledged[at] ?? []))
      for (const client of clients.filter(({ chat, leaves }) => chat === id && !leaves)) {
        expect(client.seen).toEqual(history)
      }
    }
    await store.close()
    expect(acknowledged.flat().length).toBeGreaterThan(CHATS * 3)

    await expect
      .poll(async () => {
        const told = once(server, 'message')
        server.send('what is open?')
        return ((await told) as [{ open: string[] }])[0].open
      })
      .toEqual([])
  })
})
