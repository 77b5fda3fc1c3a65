import { EverthreadError } from '@everthread/core'

/** RFC 9457, as far as the page reads it. */
export interface Problem {
  status: number
  code: string
  detail: string
}

const statuses: Readonly<Record<string, number>> = {
  VISITOR_UNKNOWN: 401,
  CHAT_REQUEST_INVALID: 400,
  CHAT_MESSAGE_REFUSED: 400,
  CHAT_MESSAGE_UNKNOWN: 409,
  BRANCH_NOT_FOUND: 404,
  ID_INVALID: 400,
  LIST_INVALID: 400,
  SESSION_EXISTS: 404,
  SESSION_NOT_FOUND: 404,
  SESSION_BUSY: 409,
}

/** What the client is told; what is nobody's fault but ours goes to the log. */
export function problemOf(error: unknown): Problem {
  const code = EverthreadError.isInstance(error) ? error.code : ''
  const status = statuses[code]
  if (status !== undefined) return { status, code, detail: (error as EverthreadError).message }
  if (error instanceof SyntaxError) return { status: 400, code: 'REQUEST_INVALID', detail: 'Send JSON' }
  console.error(error)
  return { status: 500, code: 'INTERNAL', detail: 'Something went wrong here. Try again.' }
}

/** For route handlers. */
export function problemResponse(error: unknown): Response {
  const problem = problemOf(error)
  return Response.json(problem, { status: problem.status })
}
