import type { Store } from '../express-store/store.ts'
import { type Keeper, keeperOf } from '../web/keeper.ts'
import type { Session } from './session.ts'

/** What has become of a session since a request got it. */
export interface Changes {
  /** The request has got it: made for it, or loaded from the store. */
  got(session: Session, from: 'store' | 'nowhere'): void
  /** It is being saved as it is now; the answer is to be called once it is. */
  saving(session: Session): () => void
  /** Whether anything of it was saved or loaded. */
  readonly isKnown: boolean
  /** Its data is not what the request got. */
  isModified(session: Session): boolean
  isSaved(session: Session): boolean
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

  saving(session: Session): () => void {
    const changes = this.#keeper.differs(session) || !this.#keeper.knownOf(session)
    return () => {
      this.#changed ||= changes
      this.#mustSave = false
      this.isKnown = true
    }
  }

  isModified(session: Session): boolean {
    return this.#changed || this.#keeper.differs(session)
  }

  isSaved(session: Session): boolean {
    return !this.#mustSave && this.#keeper.isStored(session)
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
    if (from === 'store' && !this.#resave) this.saving(session)()
  }

  saving(session: Session): () => void {
    const saved = { id: session.id, text: textOf(session) }
    return () => {
      this.#saved = saved
    }
  }

  isModified(session: Session): boolean {
    return textOf(session) !== this.#original
  }

  isSaved(session: Session): boolean {
    return this.#saved?.id === session.id && this.#saved.text === textOf(session)
  }
}

function textOf(session: Session): string {
  return JSON.stringify(session, function (this: unknown, name: string, value: unknown) {
    return this === session && name === 'cookie' ? undefined : value
  })
}
