import { EverthreadError } from '@everthread/core'
import type { ErrorRequestHandler, Response } from 'express'
import { ZodError } from 'zod'

/** RFC 9457, as the routes of `sessionRoutes` answer too. */
export function sendProblem(res: Response, status: number, code: string, detail: string): void {
  res.status(status).type('application/problem+json').set('Cache-Control', 'no-store')
  res.send(JSON.stringify({ type: 'about:blank', status, code, detail }))
}

/** Codes that are for the client to read. */
const statuses: Readonly<Record<string, number>> = {
  SESSION_NOT_FOUND: 404,
  SESSION_BUSY: 409,
  SESSION_ARCHIVED: 409,
  SESSION_EXPIRED: 409,
  MESSAGE_INVALID: 400,
  ID_INVALID: 400,
  SERVER_CLOSING: 503,
}

/** The last handler: a problem for the client, and for the log what is nobody's fault but ours. */
export function problemHandler(report: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) {
      report(error)
      next(error)
    } else if (error instanceof ZodError) {
      const [issue] = error.issues
      sendProblem(res, 400, 'REQUEST_INVALID', `${issue?.path.join('.') || 'body'}: ${issue?.message}`)
    } else if (EverthreadError.isInstance(error) && statuses[error.code]) {
      sendProblem(res, statuses[error.code] as number, error.code, error.message)
    } else if (isClientError(error)) {
      sendProblem(res, error.status, error.status === 413 ? 'BODY_TOO_LARGE' : 'REQUEST_INVALID', error.message)
    } else {
      report(error)
      sendProblem(res, 500, 'INTERNAL', 'Something went wrong here. Try again.')
    }
  }
}

/** As Express and its parsers raise them, for a client to read. */
function isClientError(error: unknown): error is Error & { status: number } {
  return error instanceof Error && 'expose' in error && error.expose === true && 'status' in error
}
