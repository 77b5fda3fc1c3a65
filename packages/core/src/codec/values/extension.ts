/** How a framework's own objects are serialised. */
export interface Extension {
  /** Written into the text; unique among the extensions of a serialiser, and for ever. */
  tag: string
  /** Asked of every object that is neither an array nor plain. */
  test(value: object): boolean
  /** What stands for the object; may hold anything that can be serialised. */
  encode(value: object): unknown
  /** Gets what `encode` returned; throws when that cannot be. */
  decode(data: unknown): unknown
  /**
   * Promises that `encode` reads nothing but the class and the own enumerable properties, so that a capture may
   * look at those instead of encoding the object again. Needed only where speed matters.
   */
  byProperties?: boolean
  /** With `byProperties`: properties whose value is replaced, if anything, and never changed in place. */
  fixed?: readonly string[]
}
