import { type Answer, type AnyStore, type Client, type Handler, type Middleware, serve } from '../server.ts'

/** One pair of middleware and store that must behave as express-session does. */
export interface Subject {
  name: string
  /** Of the same kind behave the same where they differ from express-session on purpose. */
  middleware: 'express-session' | 'ours'
  store: 'express-session' | 'ours'
  session(options?: object): Middleware
  /** A store that is empty. */
  newStore(): AnyStore | object
  /** The store as express-session's protocol has it, of what `newStore` gave. */
  asStore(store: object): AnyStore
}

export interface Kit {
  subject: Subject
  store: object
  /** The store, to look into. */
  asStore: AnyStore
  serve(options: object, handle: Handler, before?: Middleware[]): Promise<Client>
  session(options?: object): Middleware
}

/** What a case sees, as plain values; the same from every subject. */
export interface Case {
  name: string
  run(kit: Kit): Promise<unknown>
  expect: unknown
  /** Where we differ on purpose, and why. */
  unlike?: { whose: 'middleware' | 'store'; because: string; expect: unknown }
}

const SECRET = 'a secret that nobody knows'

export function kitOf(subject: Subject): Kit {
  const store = subject.newStore()
  const settled = { secret: SECRET, resave: false, saveUninitialized: false, store }
  return {
    subject,
    store,
    asStore: subject.asStore(store),
    session: (options = {}) => subject.session({ ...settled, ...options }),
    serve(options, handle, before = []) {
      const { name, key } = options as { name?: string; key?: string }
      return serve([...before, subject.session({ ...settled, ...options })], handle, name ?? key)
    },
  }
}

export function expected({ expect, unlike }: Case, subject: Subject): unknown {
  return unlike && subject[unlike.whose] === 'ours' ? unlike.expect : expect
}

export const attributesOf = ({ set }: Answer, ...names: string[]): unknown[] => names.map((name) => set?.[name] ?? null)

export function count(kit: Kit): Promise<number> {
  return told((done) => kit.asStore.length(done))
}

/** What a callback is told. */
export function told<T>(call: (done: (error?: unknown, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)))
  })
}
