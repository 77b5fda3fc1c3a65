/** What our tests use of express-session; its own types would claim `req.session`, as ours do. */
declare module 'express-session' {
  import type { IncomingMessage, ServerResponse } from 'node:http'
  import type { Store as OurStore } from '@everthread/express-middleware'

  interface ExpressSession {
    (options?: object): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void
    MemoryStore: new () => OurStore
    Store: typeof OurStore
    Cookie: new (options?: object) => Record<string, unknown>
    Session: new (req: object, data?: object) => Record<string, unknown>
  }
  const session: ExpressSession
  namespace session {
    type Store = OurStore
    interface SessionData {
      cookie: { originalMaxAge: number | null; expires?: Date | null }
    }
  }
  export = session
}
