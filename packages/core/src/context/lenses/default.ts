import type { NeutralMessage } from '../../message/message.ts'
import type { Lens } from '../lens.ts'
import { neutralLens } from './neutral.ts'

/** What messages are taken for when no lens is given. */
export type DefaultMessage = NeutralMessage

/** Without a lens, messages are neutral ones: a lens that is missing for others shows when they are read. */
export function lensOr<M>(lens: Lens<M> | undefined): Lens<M> {
  return lens ?? (neutralLens as unknown as Lens<M>)
}
