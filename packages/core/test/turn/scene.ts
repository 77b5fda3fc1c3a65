import { memoryStore } from '@everthread/core/memory'
import { onTestFinished, vi } from 'vitest'
import {
  type Commit,
  type NeutralMessage,
  type Partition,
  type Session,
  SessionManager,
  type SessionManagerOptions,
  type Store,
  type Turn,
} from '../../src/index.ts'

/** Long enough that a busy machine does not lose it; in {@link virtualTime} nobody waits for it. */
export const LEASE_MS = 3_000

/** Timers and clocks of this test go on only when it says so: `await vi.advanceTimersByTimeAsync(ms)`. */
export function virtualTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** A session on a store in memory, as several processes would see it. */
export class Scene {
  readonly store: Store = memoryStore({ clock: () => Date.now() })
  readonly id = 'session'
  readonly session: Session

  constructor() {
    this.session = this.another('first')
  }

  /** Another process' view of it. */
  another(who = 'another', options: Partial<SessionManagerOptions> = {}): Session {
    return new SessionManager({ store: this.store, lease: { ttlMs: LEASE_MS }, ...options })
      .asService(who)
      .open(this.id)
  }

  async texts(): Promise<unknown[]> {
    return textsOf(await this.another().messages.list())
  }

  /** The rows of turns that are under way, or wait. */
  async open(): Promise<string[]> {
    const { rows } = await this.store.read({ tenant: 'default', id: this.id }, [{ prefix: '', limit: 1_000 }])
    return (rows[0] ?? []).map(({ key }) => key).filter((key) => /^(lease|running|stop|q\/)/.test(key))
  }

  /** What a process leaves that dies in the midst of a turn: everything but its memory and its renewals. */
  async dieInTurn(content: string, also: (turn: Turn) => void = () => {}): Promise<string> {
    const partition = { tenant: 'default', id: this.id }
    const dead = this.another('dead', { lease: { ttlMs: 100 }, store: cutOff(this.store) })
    let id = ''
    await dead
      .turn(async (turn) => {
        id = turn.id
        turn.append(user(content))
        also(turn)
        await turn.checkpoint()
        throw new Error('died')
      })
      .catch(() => undefined)
    const { rows } = await this.store.read(partition, [{ get: ['running'] }])
    if (rows[0]?.length !== 1) throw new Error('The turn has ended in order')
    return id
  }
}

/** A store that takes a turn's first commits and nothing that ends it. */
export function cutOff(store: Store): Store {
  const ends = (ops: { del?: string }[]): boolean => ops.some(({ del }) => del === 'lease')
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'commit') return Reflect.get(target, name).bind(target)
      return (...[partition, commit]: Parameters<Store['commit']>) =>
        ends(commit.ops as { del?: string }[]) ? Promise.reject(new Error('dead')) : target.commit(partition, commit)
    },
  })
}

/** The store with something in the way of its commits. */
export function meddled(
  store: Store,
  commit: (partition: Partition, commit: Commit) => ReturnType<Store['commit']>,
): Store {
  return new Proxy(store, {
    get: (target, name) => (name === 'commit' ? commit : Reflect.get(target, name).bind(target)),
  })
}

export const user = (content: string): NeutralMessage => ({ role: 'user', parts: [{ type: 'text', content }] })
export const textsOf = (messages: NeutralMessage[]): unknown[] => messages.map(({ parts }) => parts[0]?.content)

/** A promise that is kept from outside. */
export const gate = (): PromiseWithResolvers<void> => Promise.withResolvers<void>()

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
