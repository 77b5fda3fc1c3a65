import { PLACE_HEADER } from './place-header.ts'

/** How often, and how soon, a connection is made again that broke in the middle of an answer. */
export interface Reconnects {
  /** Attempts in a row before the answer is given up. 0: never. Default 5. */
  reconnects: number
  /** Milliseconds before the first attempt; each next one waits twice as long. Default 250. */
  reconnectDelay: number
}

const END = '\n\n'
const DONE = 'data: [DONE]'

/**
 * A `fetch` whose event streams do not break: what is lost of one is fetched from `url`, from where it was.
 *
 * @param url Gives the rest of an answer to `?after=<place>`
 */
export function unbroken(fetchOnce: typeof fetch, options: Reconnects & { url: string }): typeof fetch {
  return async (input, init) => {
    const response = await fetchOnce(input, init)
    const place = response.headers.get(PLACE_HEADER)
    if (!response.ok || !response.body || place === null) return response
    const { method: _, body: __, ...again } = init ?? {}
    const events = goneOn(response, place, async (after) => {
      const url = `${options.url}${options.url.includes('?') ? '&' : '?'}after=${encodeURIComponent(after)}`
      return fetchOnce(url, { ...again, method: 'GET' })
    })
    return new Response(streamOf(events), { status: response.status, headers: response.headers })
  }

  async function* goneOn(
    first: Response,
    start: string,
    resume: (after: string) => Promise<Response>,
  ): AsyncGenerator<string> {
    let body = first.body
    let place = start
    let failures = 0
    for (;;) {
      let lost: unknown
      try {
        for await (const event of eventsOf(body)) {
          yield event + END
          if (event === DONE) return
          if (event.startsWith('data:')) place = movedOn(place)
          failures = 0
        }
      } catch (error) {
        lost = error
      }
      body = null
      while (body === null) {
        if (isAbort(lost) || failures >= options.reconnects) throw lost ?? broken('and could not be made again')
        await new Promise((resolve) => setTimeout(resolve, options.reconnectDelay * 2 ** failures++))
        try {
          const response = await resume(place)
          if (response.status === 204)
            throw broken('and the rest of the answer is no longer there: load the chat again')
          if (response.ok) body = response.body
          else if (response.status < 500) throw broken(`and the server refused to go on (${response.status})`)
        } catch (error) {
          if (error instanceof Broken) throw error
          lost = error
        }
      }
    }
  }
}

class Broken extends Error {}

const broken = (what: string): Broken => new Broken(`The connection was lost, ${what}`)

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** One chunk further. */
function movedOn(place: string): string {
  const dot = place.lastIndexOf('.')
  return `${place.slice(0, dot)}.${Number(place.slice(dot + 1)) + 1}`
}

/** Whole events only: one that was cut comes again. */
async function* eventsOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (!body) return
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const events = (rest + next.value).split(END)
      rest = events.pop() as string
      yield* events
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await texts.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        controller.error(error)
      }
    },
    cancel: async () => {
      await texts.return(undefined)
    },
  })
}
