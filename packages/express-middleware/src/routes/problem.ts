import type { ServerResponse } from 'node:http'
import { EverthreadError } from '@everthread/core'

/** RFC 9457: what went wrong, for programs by `code` and for people by `detail`. */
export interface Problem {
  type: 'about:blank'
  title: string
  status: number
  code: string
  detail: string
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

/** The first that fits the code counts. */
const STATUSES: [RegExp, number][] = [
  [/^(BODY_TOO_LARGE|VALUE_TOO_LARGE|COMMIT_TOO_LARGE|EXPORT_TOO_LARGE)$/, 413],
  [/^MEDIA_TYPE$/, 415],
  [/^METHOD_NOT_ALLOWED$/, 405],
  [/^CROSS_SITE$/, 403],
  [/^NOT_CONFIGURED$/, 501],
  [/^(SESSION_LIMIT|SHARES_TOO_MANY|BRANCHES_TOO_MANY)$/, 429],
  [/^STORE_(?!UNSUPPORTED)/, 503],
  [/_NOT_FOUND$/, 404],
  [/^(SESSION_(EXISTS|BUSY|ARCHIVED|EXPIRED)|BRANCH_(EXISTS|CURRENT)|CONFLICT|FENCED|HEADERS_SENT)$/, 409],
  [/(_INVALID|_UNKNOWN)$/, 400],
]

/** Undefined for what is no fault of the request: that is the application's to hear of. */
export function problemOf(error: unknown): Problem | undefined {
  if (!EverthreadError.isInstance(error)) return undefined
  const status = STATUSES.find(([pattern]) => pattern.test(error.code))?.[1]
  if (status === undefined) return undefined
  const detail = status === 503 ? 'The store does not answer: try again later' : error.message
  return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, code: error.code, detail }
}

export function sendProblem(res: ServerResponse, problem: Problem): void {
  res.writeHead(problem.status, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' })
  res.end(JSON.stringify(problem))
}
