import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type Session as Chat, EverthreadError, type NeutralMessage, type Store } from '@everthread/core'

/** Where a client is that has seen nothing: no message's id is encoded so. */
const START = '/'

export interface StreamOptions {
  /** Where the client is, as `Last-Event-ID` says. */
  lastId: string | undefined
  heartbeatMs: number
  /** Asked at each heartbeat: whether the web session still lives. */
  isAllowed(): Promise<boolean>
}

/**
 * Sends the messages of a chat as server-sent events, as they come: `ready` first, then `message` for each, with where
 * the client then is as the event's id, so that one which comes back misses none. `reset` comes when the history is another than the client's, and
 * all that is in it follows; `end` when the chat is gone.
 */
export async function streamChat(res: ServerResponse, store: Store, chat: Chat, options: StreamOptions): Promise<void> {
  const ending = new AbortController()
  const end = () => ending.abort()
  res.once('close', end)
  const heartbeat = setInterval(() => {
    res.write(':\n\n')
    options.isAllowed().then((isAllowed) => isAllowed || end(), end)
  }, options.heartbeatMs)
  try {
    const wakeUps = store.watch([{ tenant: chat.tenant, id: chat.id }], ending.signal)[Symbol.asyncIterator]()
    let wakeUp = wakeUps.next()
    let last = options.lastId === undefined ? await lastOf(chat) : placeOf(options.lastId)
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    res.write(`event: ready\nid: ${idOf(last)}\ndata: {}\n\n`)
    while (!ending.signal.aborted) {
      last = await sendNew(res, chat, last)
      const { done } = await wakeUp
      if (done) break
      wakeUp = wakeUps.next()
    }
  } catch (error) {
    if (!EverthreadError.isInstance(error) || error.code !== 'SESSION_NOT_FOUND') throw error
    res.write('event: end\ndata: {}\n\n')
  } finally {
    clearInterval(heartbeat)
    end()
    res.off('close', end)
  }
  res.end()
}

const lastOf = async (chat: Chat): Promise<string | undefined> => (await chat.messages.list({ limit: 1 })).at(-1)?.id

/** An id may hold what would break a line, or a header. */
const idOf = (last: string | undefined): string => (last === undefined ? START : encodeURIComponent(last))

/** What is none of ours is no place in the history: all of it follows. */
function placeOf(eventId: string): string | undefined {
  try {
    return eventId === START ? undefined : decodeURIComponent(eventId)
  } catch {
    return eventId
  }
}

/** Gives the id of the last message that the client now has. */
async function sendNew(res: ServerResponse, chat: Chat, last: string | undefined): Promise<string | undefined> {
  let latest = last
  let messages = await newSince(chat, last)
  if (!messages) {
    latest = undefined
    messages = await chat.messages.list()
    res.write('event: reset\ndata: {}\n\n')
  }
  for (const message of messages) {
    latest = message.id ?? latest
    const isFree = res.write(`event: message\nid: ${idOf(latest)}\ndata: ${JSON.stringify(message)}\n\n`)
    if (!isFree && !res.closed) await Promise.race([once(res, 'drain'), once(res, 'close')])
  }
  return latest
}

/** Undefined when the history no longer has the last message. */
async function newSince(chat: Chat, last: string | undefined): Promise<NeutralMessage[] | undefined> {
  try {
    return await chat.messages.list(last === undefined ? {} : { after: last })
  } catch (error) {
    if (EverthreadError.isInstance(error) && error.code === 'MESSAGE_NOT_FOUND') return undefined
    throw error
  }
}
