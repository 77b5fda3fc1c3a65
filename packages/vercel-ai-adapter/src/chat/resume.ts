import type { Session } from '@everthread/core'
import { type Client, type NodeResponse, nodeClient, sendAll, webClient } from './client.ts'
import { type Following, resumeAnswer } from './follow-answer.ts'
import { endOf } from './replay.ts'

export interface ResumeOptions {
  /** Whose chat it is; `null`: of nobody. */
  owner: string | null
  /** Where the client is: the `x-everthread-place` of its last response, moved on by the chunks that it has had since. */
  after?: string | null | undefined
}

/** What a response of either kind is given. */
export interface Reply {
  /** Node's; else a web `Response` is made. */
  res: NodeResponse | undefined
  onError(error: unknown): void
}

/**
 * Gives a client that comes back what it lacks, or 204 when there is nothing to come.
 *
 * @throws `CHAT_REQUEST_INVALID`
 */
export async function resume(
  session: Session | undefined,
  after: ResumeOptions['after'],
  { res, onError }: Reply,
): Promise<Response | undefined> {
  const gone = new AbortController()
  const found = session && (await resumeAnswer(session, after, gone.signal))
  if (!found) return answerWith({ status: 204 }, res)
  const connection = { place: found.place, left: () => gone.abort() }
  const pass = (client: Client): Promise<void> =>
    passOn(found, client, (error) => gone.signal.aborted || onError(error))
  if (res) {
    await pass(nodeClient(res, connection))
    return undefined
  }
  const { client, response } = webClient(connection)
  void pass(client)
  return response
}

async function passOn({ chunks }: Following, client: Client, failed: (error: unknown) => void): Promise<void> {
  try {
    await sendAll(chunks, client)
  } catch (error) {
    client.send(endOf('failed'))
    failed(error)
  } finally {
    client.end()
  }
}

/** A short answer, by Node's response or as one of the web. */
export function answerWith(
  { status, value }: { status: number; value?: unknown },
  res: NodeResponse | undefined,
): Response | undefined {
  const text = value === undefined ? undefined : JSON.stringify(value)
  const headers: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' }
  if (!res) return new Response(text ?? null, { status, headers })
  res.writeHead(status, headers)
  res.end(text)
  return undefined
}
