import { type Session as Chat, type CompactOptions, EverthreadError, type ProcessScheduler } from '@everthread/core'
import * as schemas from './schemas.ts'
import { given, parsed } from './schemas.ts'

export interface Asked {
  query: Record<string, string>
  body: unknown
  compact: ((chat: Chat) => Omit<CompactOptions, 'instructions'>) | undefined
  scheduler: ProcessScheduler | undefined
}

export interface Reply {
  status: number
  /** As JSON. */
  value?: unknown
  /** As it is, to be saved as a file. */
  file?: { text: string; type: string; name: string }
}

type Route = (chat: Chat, asked: Asked) => Promise<Reply>

const ok = (value: unknown): Reply => ({ status: 200, value })
const made = (value: unknown): Reply => ({ status: 201, value })
const done: Reply = { status: 204 }

/** What is told of a chat. */
export function factsOf(chat: Chat): object {
  const { id, title, state, createdAt, lastActiveAt, expiresAt, revision, counts, metadata } = chat
  return { id, title, state, createdAt, lastActiveAt, expiresAt, revision, counts, metadata }
}

const status: Route = async (chat) => ok(factsOf(chat))

async function messages(chat: Chat, { query }: Asked): Promise<Reply> {
  const { limit, before, after } = parsed(schemas.messages, query)
  const found = await chat.messages.list({ limit: limit + 1, ...given({ before, after }) })
  const isMore = found.length > limit
  // Of the last ones, the one too many is the first; of the first ones after another, it is the last.
  if (after === undefined) {
    const shown = isMore ? found.slice(1) : found
    return ok({ messages: shown, ...(isMore ? { before: shown[0]?.id } : {}) })
  }
  const shown = found.slice(0, limit)
  return ok({ messages: shown, ...(isMore ? { after: shown.at(-1)?.id } : {}) })
}

async function append(chat: Chat, { body }: Asked): Promise<Reply> {
  const { messages, commitId } = parsed(schemas.append, body)
  return made({ messages: await chat.messages.append(messages, given({ commitId })) })
}

async function reset(chat: Chat, { body }: Asked): Promise<Reply> {
  await chat.reset(given(parsed(schemas.reset, body)))
  return done
}

async function compact(chat: Chat, { body, compact: optionsFor }: Asked): Promise<Reply> {
  const { instructions } = parsed(schemas.compact, body)
  if (!optionsFor) {
    throw new EverthreadError('NOT_CONFIGURED', 'Give sessionRoutes a compact option: a summary needs a model')
  }
  return ok(await chat.compact({ ...optionsFor(chat), ...given({ instructions }) }))
}

async function attention(chat: Chat, { body, scheduler }: Asked): Promise<Reply> {
  const { state, ttl } = parsed(schemas.attention, body)
  if (!scheduler) {
    throw new EverthreadError('NOT_CONFIGURED', 'Give sessionRoutes the scheduler of its manager: it hears who looks')
  }
  await scheduler.attention(chat, { state, ttl })
  return done
}

async function fork(chat: Chat, { body }: Asked): Promise<Reply> {
  const { from, name, switch: goesThere } = parsed(schemas.fork, body)
  const branch = await chat.branches.fork({ from, ...given({ name }) })
  if (goesThere) await chat.branches.switch(branch.name)
  return made({ ...branch, current: goesThere ?? false })
}

async function switchTo(chat: Chat, { body }: Asked): Promise<Reply> {
  await chat.branches.switch(parsed(schemas.switchTo, body).branch)
  return done
}

async function checkpoints(chat: Chat, { query }: Asked): Promise<Reply> {
  const found = await chat.checkpoints.list(given(parsed(schemas.checkpoints, query)))
  return ok({ checkpoints: found })
}

async function exported(chat: Chat, { query }: Asked): Promise<Reply> {
  const { format } = parsed(schemas.exported, query)
  const [type = '', ending = ''] = FILES[format]
  return { status: 200, file: { text: await chat.export({ format }), type, name: `chat.${ending}` } }
}

const FILES = {
  json: ['application/json', 'json'],
  jsonl: ['application/jsonl', 'jsonl'],
  markdown: ['text/markdown; charset=utf-8', 'md'],
  html: ['text/html; charset=utf-8', 'html'],
} as const

/** By method and what follows the chat's id. */
export const chatRoutes: Readonly<Record<string, Route>> = {
  'GET ': status,
  'GET status': status,
  'DELETE ': async (chat) => {
    await chat.delete()
    return done
  },
  'GET messages': messages,
  'POST messages': append,
  'POST reset': reset,
  'POST undo': async (chat) => ok({ undone: (await chat.undo()) ?? null }),
  'POST compact': compact,
  'POST attention': attention,
  'GET branches': async (chat) => ok({ branches: await chat.branches.list() }),
  'POST fork': fork,
  'POST switch': switchTo,
  'GET checkpoints': checkpoints,
  'GET context': async (chat) => ok(await chat.context.inspect()),
  'GET export': exported,
  'POST share': async (chat, { body }) => made(await chat.share(given(parsed(schemas.share, body)))),
  'POST end': async (chat) => {
    await chat.archive()
    return done
  },
}
