import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { cases } from './cases.ts'
import { type Chunk, chunksIn, echo, ID, submit, textIn, user } from './ground.ts'
import { held, long, WHOLE } from './long-answer.ts'
import { page, type Site, site } from './site.ts'

const owner = 'ada'
const approves = (asked: string, results: number) =>
  results === 0
    ? { texts: ['May ', 'I?'], call: { id: 'c1', tool: 'confirm', input: { topic: asked } } }
    : { texts: ['Thank ', 'you'] }

/** Streams of ai 6 tell nothing of approvals that were given, beside what came of them. */
function toldBy(major: 6 | 7, messages: unknown[]): unknown {
  return JSON.parse(JSON.stringify(messages), (key, value) => (major === 6 && key === 'approved' ? undefined : value))
}

/** Reads so many chunks, and leaves. */
async function readSome(response: Response, count: number): Promise<{ chunks: Chunk[]; after: string }> {
  const [turn = '', at] = (response.headers.get('x-everthread-place') ?? '').split(/\.(?=-?\d+$)/)
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  const chunks: Chunk[] = []
  let rest = ''
  while (chunks.length < count) {
    const { value, done } = await reader.read()
    if (done) break
    const events = `${rest}${value}`.split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      if (event === 'data: [DONE]') throw new Error('The stream has ended')
      if (chunks.length < count) chunks.push(JSON.parse(event.slice('data: '.length)))
    }
  }
  await reader.cancel()
  return { chunks, after: `${turn}.${Number(at) + chunks.length}` }
}

describe.each(cases())('a client of ai $major that comes back to a chat on $store', ({ major, ground }) => {
  it('gets the answer under way from its beginning, or what it lacks: each chunk once, in order, to the end', async () => {
    const { chat, begin, answer } = ground()
    const { script, reached, goOn } = held(20)
    const turn = await begin(submit(user('u1', 'bikes')))
    const live = await answer(turn, script)
    await reached
    const whole = chat.resume(ID, { owner }).then(chunksIn)
    const some = await readSome(await chat.resume(ID, { owner }), 9)
    const more = await readSome(await chat.resume(ID, { owner, after: some.after }), 4)
    const rest = chat.resume(ID, { owner, after: more.after }).then(chunksIn)
    goOn()
    const chunks = await chunksIn(live)
    expect(await whole).toEqual(chunks)
    expect([...some.chunks, ...more.chunks, ...(await rest)]).toEqual(chunks)
    expect(chunks.at(-1)?.type).toBe('finish')
  })

  it('after the end still gets what it lacks, and nothing of what it has', async () => {
    const { chat, begin, answer } = ground()
    const turn = await begin(submit(user('u1', 'bikes')))
    const response = await answer(turn, { reply: long })
    const place = response.headers.get('x-everthread-place') as string
    const chunks = await chunksIn(response)
    await turn.ended
    const at = (count: number) => chat.resume(ID, { owner, after: place.replace(/\.0$/, `.${count}`) }).then(chunksIn)
    expect(await at(0)).toEqual(chunks)
    expect(await at(30)).toEqual(chunks.slice(30))
    expect(await at(chunks.length)).toEqual([])
  })

  it('gets 204 when nothing is under way, there is no such chat, or it is somebody else’s', async () => {
    const { chat, post, begin, answer } = ground()
    const idle = async (id: string, options: Parameters<typeof chat.resume>[1]) => {
      const response = await chat.resume(id, options)
      expect([response.status, await response.text()]).toEqual([204, ''])
    }
    await idle(ID, { owner })
    await post(submit(user('u1', 'Hello')))
    await idle(ID, { owner })
    await idle(ID, { owner, after: 'no such turn.3' })
    const { script, reached, goOn } = held(16)
    const turn = await begin(submit(user('u2', 'bikes')))
    const live = await answer(turn, script)
    await reached
    await idle(ID, { owner: 'bob' })
    await idle('other', { owner })
    goOn()
    await live.text()
    for (const after of ['', 'x', 'x.', 'x.1e3', '.1']) {
      await expect(chat.resume(ID, { owner, after })).rejects.toMatchObject({ code: 'CHAT_REQUEST_INVALID' })
    }
    await expect(chat.resume(ID, {} as never)).rejects.toMatchObject({ code: 'CHAT_REQUEST_INVALID' })
  })

  it('gets the whole message of an answer that goes on after an approval', async () => {
    const place = ground()
    const { chat, post, begin, answer, history, ai } = place
    await post(submit(user('u1', 'Delete it')), { reply: approves })
    const [, asked] = await history()
    const parts = asked?.parts.map((part) =>
      part.state === 'approval-requested'
        ? { ...part, state: 'approval-responded', approval: { ...(part.approval as object), approved: true } }
        : part,
    )
    const { script, reached, goOn } = held(8, approves)
    const turn = await begin(submit({ ...asked, parts }))
    const live = await answer(turn, script)
    await reached
    const whole = chat.resume(ID, { owner }).then(chunksIn)
    const some = await readSome(await chat.resume(ID, { owner }), 3)
    const rest = chat.resume(ID, { owner, after: some.after }).then(chunksIn)
    goOn()
    const chunks = await chunksIn(live)
    const resumed = await whole
    expect(resumed.slice(-chunks.length)).toEqual(chunks)
    expect([...some.chunks, ...(await rest)]).toEqual(resumed)
    const [, stored] = await history()
    expect(toldBy(major, [await ai.readMessage(resumed)])).toEqual(toldBy(major, [stored]))
  })

  it('by the same request as before gets the answer under way, and then the very same stream', async () => {
    const { begin, answer, history, ai, chat } = ground({ onBusy: 'reject' })
    const body = submit(user('u1', 'bikes'))
    const { script, reached, goOn } = held(20)
    const first = await begin(body)
    const live = await answer(first, script)
    await reached
    const second = await begin(body)
    expect(second.repeated).toBe(true)
    const again = await answer(second)
    goOn()
    const chunks = await chunksIn(live)
    expect(await chunksIn(again)).toEqual(chunks)
    expect(await second.ended).toBe('complete')
    await first.ended
    await (await chat.sessions.as({ userId: owner }).get(ID))?.turn(() => undefined)
    const before = await history()
    expect(await chunksIn(await answer(await begin(body)))).toEqual(chunks)
    expect(await history()).toEqual(before)
    expect(ai.prompts).toHaveLength(3)
  })

  it('leaves the answer under way alone when it leaves again', async () => {
    const { begin, answer, history } = ground({ onDisconnect: 'stop' })
    const body = submit(user('u1', 'bikes'))
    const { script, reached, goOn } = held(20)
    const first = await begin(body)
    const live = await answer(first, script)
    await reached
    const second = await begin(body)
    await (await answer(second)).body?.cancel()
    expect(await second.ended).toBe('stopped')
    goOn()
    await live.text()
    expect(await first.ended).toBe('complete')
    expect(textIn((await history())[1] as never)).toBe(WHOLE)
  })

  it('sees in the history that the answer is under way', async () => {
    const { begin, answer, history } = ground()
    const { script, reached, goOn } = held(20)
    const turn = await begin(submit(user('u1', 'bikes')))
    const live = await answer(turn, script)
    await reached
    const half = await vi.waitFor(async () => {
      const [, answer] = await history()
      expect(answer?.metadata).toEqual({ outcome: 'running' })
      return answer
    })
    expect(WHOLE.startsWith(textIn(half as never))).toBe(true)
    goOn()
    await live.text()
    await turn.ended
    const [, done] = await history()
    expect(done?.metadata).toBeUndefined()
  })

  describe.each(['node', 'web'] as const)('over HTTP, by responses of %s', (kind) => {
    async function open(script = echo): Promise<{ place: ReturnType<typeof ground>; at: Site }> {
      const place = ground()
      const at = await site(place, kind, script)
      onTestFinished(() => at.close())
      return { place, at }
    }

    it('a page that is loaded in mid-answer shows it to its end', async () => {
      const { place, at } = await open()
      await place.post(submit(user('u0', 'Hello')))
      const { script, reached, goOn } = held(24)
      at.script = script
      const first = page(major, { url: at.url, id: ID, messages: await place.history() })
      const sent = first.sendMessage({ text: 'bikes' })
      await reached
      const half = await vi.waitFor(async () => {
        const messages = await place.history()
        expect(messages).toHaveLength(4)
        return messages
      })
      const second = page(major, { url: at.url, id: ID, messages: half })
      const resumed = second.resumeStream()
      await vi.waitFor(() => expect(second.status).toBe('streaming'))
      goOn()
      await Promise.all([sent, resumed])
      expect([first.status, second.status]).toEqual(['ready', 'ready'])
      expect(textIn(second.messages.at(-1) as never)).toBe(WHOLE)
      expect(JSON.parse(JSON.stringify(second.messages.at(-1)))).toEqual(
        JSON.parse(JSON.stringify(first.messages.at(-1))),
      )
      await second.resumeStream()
      expect(second.messages).toHaveLength(4)
    })

    it('a page that is loaded while an answer goes on after an approval shows it to its end', async () => {
      const { place, at } = await open({ reply: approves })
      const first = page(major, { url: at.url, id: ID, messages: [] })
      await first.sendMessage({ text: 'Delete it' })
      const { script, reached, goOn } = held(8, approves)
      at.script = script
      const asked = first.messages.at(-1)?.parts.find(({ state }) => state === 'approval-requested') as Chunk
      const { id } = asked.approval as { id: string }
      const sent = first.addToolApprovalResponse({ id, approved: true })
      await reached
      const second = page(major, { url: at.url, id: ID, messages: await place.history() })
      const resumed = second.resumeStream()
      await vi.waitFor(() => expect(second.status).toBe('streaming'))
      goOn()
      await Promise.all([sent, resumed])
      expect(second.status).toBe('ready')
      const [, stored] = await place.history()
      expect(toldBy(major, second.messages.slice(-1))).toEqual(toldBy(major, [stored]))
      expect(textIn(stored as never)).toBe('May I?Thank you')
    })

    it('stops the answer, wherever it is made, and stores what came', async () => {
      const { place, at } = await open()
      const { script, reached } = held(20)
      at.script = script
      const first = page(major, { url: at.url, id: ID, messages: [] })
      const sent = first.sendMessage({ text: 'bikes' })
      await reached
      const stop = async (): Promise<unknown> => (await fetch(`${at.url}/${ID}/stop`, { method: 'POST' })).json()
      expect(await stop()).toEqual({ stopped: true })
      await sent
      const [, answer] = await place.history()
      expect(answer?.metadata).toEqual({ outcome: 'stopped' })
      expect(WHOLE.startsWith(textIn(answer as never))).toBe(true)
      expect(await stop()).toEqual({ stopped: false })
      at.script = echo
      await first.sendMessage({ text: 'Next' })
      expect(textIn((await place.history()).at(-1) as never)).toBe('You said: Next')
      expect(place.ai.violations).toEqual([])
    })

    it('is refused with a clear error, and answered 204, as Node and the web do it', async () => {
      const { place, at } = await open()
      expect((await fetch(`${at.url}/${ID}/stream`)).status).toBe(204)
      await place.post(submit(user('u1', 'Hello')))
      const wrong = await fetch(`${at.url}/${ID}/stream?after=x`)
      expect([wrong.status, await wrong.text()]).toEqual([400, 'CHAT_REQUEST_INVALID'])
    })
  })
})
