/** What the bench uses of express-session; its own types would claim `req.session`, as ours do. */
declare module 'express-session' {
  import type { Store as OurStore } from '@everthread/express-middleware'
  import type { RequestHandler } from 'express'

  function session(options: object): RequestHandler
  namespace session {
    type Store = OurStore
    const Store: typeof OurStore
    interface SessionData {
      cookie: { originalMaxAge: number | null; expires?: Date | null }
    }
  }
  export = session
}
