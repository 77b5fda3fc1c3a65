import type { Store } from '../express-store/store.ts'
import { type Keeper, keeperOf } from '../web/keeper.ts'
import type { Session } from './session.ts'

/** What has become of a session since a request got it. */
export interface Changes {
  /** The request has got it: made for it, or loaded from the store. */
  got(session: Session, from: 'store' | 'nowhere'): void
  /** Whether anything of it was saved or loaded. */
  readonly isKnown: boolean
  /** The session as it is now. */
  look(session: Session): Look
}

/** What a session is like at a moment. */
export interface Look {
  /** Its data is not what the request got. */
  readonly isModified: boolean
  readonly isSaved: boolean
  /** What a store of ours does not hold; undefined for what is no more. */
  readonly changed?: ReadonlyMap<string, string | undefined>
  /** To be called once it is saved as it was then. */
  saved(): void
}

/** @param resave - what was loaded counts as not saved */
export function changesFor(store: Store, resave: boolean): Changes {
  const keeper = keeperOf(store)
  return keeper ? new RowChanges(keeper, resave) : new JsonChanges(resave)
}

/** For stores of ours, which know what they hold. */
class RowChanges implements Changes {
  readonly #keeper: Keeper
  readonly #resave: boolean
  #changed = false
  #mustSave = false
  isKnown = false

  constructor(keeper: Keeper, resave: boolean) {
    this.#keeper = keeper
    this.#resave = resave
  }

  got(_session: Session, from: 'store' | 'nowhere'): void {
    this.#changed = false
    if (from === 'nowhere') return
    this.#mustSave = this.#resave
    this.isKnown ||= !this.#resave
  }

  look(session: Session): Look {
    const changed = this.#keeper.changesOf(session)
    const isNew = !this.#keeper.knownOf(session)
    return {
      changed,
      isModified: this.#changed || changed.size > 0,
      isSaved: !this.#mustSave && this.#keeper.isStored(session, changed),
      saved: () => {
        this.#changed ||= isNew || changed.size > 0
        this.#mustSave = false
        this.isKnown = true
      },
    }
  }
}

/** For stores of others, whose sessions are JSON: by their text, which leaves out the cookie. */
class JsonChanges implements Changes {
  readonly #resave: boolean
  #original = ''
  #saved: { id: string; text: string } | undefined

  constructor(resave: boolean) {
    this.#resave = resave
  }

  get isKnown(): boolean {
    return this.#saved !== undefined
  }

  got(session: Session, from: 'store' | 'nowhere'): void {
    this.#original = textOf(session)
    if (from === 'store' && !this.#resave) this.look(session).saved()
  }

  look(session: Session): Look {
    const saved = { id: session.id, text: textOf(session) }
    return {
      isModified: saved.text !== this.#original,
      isSaved: this.#saved?.id === saved.id && this.#saved.text === saved.text,
      saved: () => {
        this.#saved = saved
      },
    }
  }
}

function textOf(session: Session): string {
  return JSON.stringify(session, function (this: unknown, name: string, value: unknown) {
    return this === session && name === 'cookie' ? undefined : value
  })
}
