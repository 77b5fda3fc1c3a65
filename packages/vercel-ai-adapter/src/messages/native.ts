/** Names this version of the mapping. */
export const FORMAT = 'ai-sdk@1'

/** What neutral messages cannot hold of a UI message. All of it stands at the first of them. */
export interface NativeData {
  /** No step begins before the first part. */
  begun?: true
  /** Metadata that is no record. */
  metadata?: unknown
  /** Parts that their neutral form does not give back. */
  parts?: unknown[]
}

const SEPARATOR = '~'

/** The id of a further message of those that stand for one UI message. */
export const idOfPiece = (id: string, number: number): string => `${id}${SEPARATOR}${number}`

/** Whether a message stands, with the one of this id, for one UI message. */
export function isPieceOf(id: string, piece: string | undefined): boolean {
  return piece?.startsWith(`${id}${SEPARATOR}`) === true && /^\d+$/.test(piece.slice(id.length + 1))
}
