import { EverthreadError } from '../errors.ts'

/** Who speaks, whatever the format calls it. What a format knows beside these reads as `user`. */
export type Role = 'system' | 'user' | 'assistant' | 'tool'

interface Readable {
  /** What the model reads of it: what is counted, and what a policy may shorten. Empty for bytes. */
  text: string
}

export interface TextView extends Readable {
  kind: 'text'
}

export interface ReasoningView extends Readable {
  kind: 'reasoning'
  /** It carries a provider's signature, or ciphertext: it goes as it came, or not at all. */
  signed?: boolean
  /** Whose signature it is, where the format says it. */
  signer?: 'openai' | 'anthropic' | 'gemini'
}

export interface CallView extends Readable {
  kind: 'call'
  /** Some formats and providers give none: such calls are answered in their order. */
  callId?: string
  tool: string
  args: unknown
  /** An approval that nobody has given yet: never cut, and it owes no result while nothing follows. */
  pending?: boolean
  /** The provider ran it: its result, if there is one, stands in the same message. */
  providerExecuted?: boolean
}

export interface ResultView extends Readable {
  kind: 'result'
  callId?: string
  /** The tool's name, where the format says it. */
  tool?: string
  failed?: boolean
  providerExecuted?: boolean
  /** It is more than text (an image): it can be cleared, not shortened. */
  fixed?: boolean
  /** Tokens of what is not text in it. */
  tokens?: number
}

export interface FileView extends Readable {
  kind: 'file'
  /** `image`, `audio`, `video`, `document`, or what the format says. */
  modality: string
  /** Where it is known; else an estimate by modality is used. */
  tokens?: number
}

/** What the lens passes through: data parts, step marks. Never edited; with an empty text it is no content. */
export interface OtherView extends Readable {
  kind: 'other'
  /** What follows it is another message to the model: the results of the calls before it stand between. */
  boundary?: true
}

export type PartView = TextView | ReasoningView | CallView | ResultView | FileView | OtherView

/** What the engine knows of one message. */
export interface MessageView {
  role: Role
  id?: string
  /** Milliseconds since the epoch. */
  createdAt?: number
  /** Never cut, whatever the policies say. */
  pinned?: boolean
  /** In the order in which the model reads them; edits name them by their index here. */
  parts: readonly PartView[]
}

/** What becomes of one part in a copy. A part may get a text and an id at once; a dropped one gets nothing. */
export interface PartEdit {
  drop?: true
  /** The new text of a text or a result. A call becomes a text of this content; a fixed result becomes a plain one. */
  text?: string
  /** Only where results stand within: the call gets this error as its result, in its own message. */
  answer?: string
  /** The new id of a call, or of a result. */
  callId?: string
}

/** A message that the engine adds. */
export type MadeMessage =
  | { id: string; role: 'user' | 'assistant'; text: string }
  | { id: string; role: 'tool'; callId?: string; tool: string; error: string }

/**
 * How the engine reads messages of a format, and makes changed copies of them. It never converts one, so nothing is
 * lost; it never changes one in place.
 */
export interface Lens<M> {
  /** Recorded in plans: a plan is only applied through the lens that it was made with. */
  readonly name: string
  /**
   * `after`: a result is a message, or part of one, that follows the message with its call. `within`: call and result
   * stand in one message, as in the AI SDK's UIMessage; the lens reads them as two parts, the call first. Dropping the
   * call's part must then drop both.
   */
  readonly results: 'after' | 'within'
  read(message: M): MessageView
  /** A copy with parts changed, by their index in what `read` gave. */
  edit(message: M, edits: ReadonlyMap<number, PartEdit>): M
  /** One message with the parts of both, in order, and the first one's id. Both have one role, never `tool`. */
  merge(first: M, second: M): M
  make(made: MadeMessage): M
}

const methods = ['read', 'edit', 'merge', 'make'] as const

/** @throws `LENS_INVALID`, naming what is missing */
export function checkLens<M>(lens: Lens<M>): Lens<M> {
  const given: Partial<Lens<M>> | null | undefined = lens
  const missing = methods.find((method) => typeof given?.[method] !== 'function')
  if (missing) throw new EverthreadError('LENS_INVALID', `Give the lens a method "${missing}": see the Lens interface`)
  if (typeof lens.name !== 'string' || lens.name === '') {
    throw new EverthreadError('LENS_INVALID', 'Give the lens a "name": plans record it')
  }
  if (lens.results !== 'after' && lens.results !== 'within') {
    throw new EverthreadError('LENS_INVALID', 'Say where the lens finds results: "results" is "after" or "within"')
  }
  return lens
}
