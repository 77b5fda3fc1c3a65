import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Status and headers of a response that has not begun. */
export interface Head {
  status: number
  message: string
  headers: Map<string, OutgoingHttpHeader>
}

export function headOf(res: ServerResponse): Head {
  const names =
    'getRawHeaderNames' in res ? Reflect.apply(res.getRawHeaderNames as () => string[], res, []) : res.getHeaderNames()
  const headers = new Map(names.map((name) => [name, res.getHeader(name) as OutgoingHttpHeader]))
  return { status: res.statusCode, message: res.statusMessage, headers }
}

export function restoreHead(res: ServerResponse, { status, message, headers }: Head): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  for (const [name, value] of headers) res.setHeader(name, value as string)
  res.statusCode = status
  res.statusMessage = message
}

/**
 * Keeps the head as it is until the answer may leave: a handler that answers twice must hear of it, as from Node, and
 * not mix the two. Gives what ends this.
 */
export function freezeHead(res: ServerResponse): () => void {
  const { setHeader, appendHeader, removeHeader, statusCode, statusMessage } = res
  const refuse = (what: string) => () => {
    throw tooLate(what)
  }
  Object.assign(res, { setHeader: refuse('set'), appendHeader: refuse('append'), removeHeader: refuse('remove') })
  return () => Object.assign(res, { setHeader, appendHeader, removeHeader, statusCode, statusMessage })
}

/** As Node says it. */
export function tooLate(what: string): Error {
  const error = new Error(`Cannot ${what} headers after they are sent to the client`)
  return Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' })
}

/**
 * What `writeHead` was given becomes the response's own, so that what is added later adds to it. Gives false when the
 * status is none, which Node has words for.
 */
export function takeOver(res: ServerResponse, [status, ...rest]: readonly unknown[]): boolean {
  if (!Number.isInteger(status) || (status as number) < 100 || (status as number) > 999) return false
  const headers = rest.find((value) => typeof value === 'object' && value !== null)
  if (Array.isArray(headers)) takeOverList(res, headers)
  else if (headers) takeOverRecord(res, headers as OutgoingHttpHeaders)
  res.statusCode = status as number
  if (typeof rest[0] === 'string') res.statusMessage = rest[0]
  return true
}

function takeOverRecord(res: ServerResponse, headers: OutgoingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name !== '' && value !== undefined) res.setHeader(name, value)
  }
}

/** Pairs, or names and values in turn. */
function takeOverList(res: ServerResponse, list: unknown[]): void {
  const flat = (Array.isArray(list[0]) ? list.flat(1) : list) as (string | string[])[]
  const names = flat.filter((_, at) => at % 2 === 0).map(String)
  for (const name of names) res.removeHeader(name)
  for (const [at, name] of names.entries()) res.appendHeader(name, flat[2 * at + 1] as string | string[])
}
