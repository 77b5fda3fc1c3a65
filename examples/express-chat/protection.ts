import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { sendProblem } from './problems.ts'

/** Headers: nothing runs or loads but what this server sends, and no other page may frame it. */
export const headers: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'same-origin' },
})

/**
 * What changes something must come from our own page: it carries a header that no form can set and that another site's
 * script may not, and the browser says that it is of the same origin.
 */
export const ownPageOnly: RequestHandler = (req, res, next) => {
  const site = req.get('sec-fetch-site')
  const origin = req.get('origin')
  const isElsewhere = site === undefined ? origin !== undefined && !isOurs(origin, req.host) : site !== 'same-origin'
  const isReading = req.method === 'GET' || req.method === 'HEAD'
  if (isReading && (site === undefined || site === 'same-origin' || site === 'none')) next()
  else if (!isElsewhere && req.get('x-requested-by') === 'express-chat') next()
  else sendProblem(res, 403, 'CROSS_SITE', 'This request did not come from the chat page')
}

function isOurs(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host
}

/** At most so many requests a minute from one address. Counted in this process: several need a store for it. */
export function perMinute(limit: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_req, res) => sendProblem(res, 429, 'TOO_MANY_REQUESTS', 'Too many requests: wait a minute'),
  })
}
