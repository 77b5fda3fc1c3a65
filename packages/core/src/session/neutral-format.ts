import type { ValueFormat } from '../checkpoint/value-format.ts'
import { createSerialiser } from '../codec/serialise.ts'
import { identitySnapshots } from '../codec/walk.ts'
import { EverthreadError } from '../errors.ts'
import { isNeutralMessage } from '../message/validate.ts'

const { stringify, parse } = createSerialiser()

/** A value that another framework has written with kinds that the core does not know: kept as its text. */
export class Foreign {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * The core's own view of checkpoints, whoever wrote them: a history is its neutral messages as they stand, and what
 * only a framework can read passes through untouched.
 */
export const neutralFormat: ValueFormat = {
  stringify: (value, name) => (value instanceof Foreign ? value.text : stringify(value, name)),
  parse(text) {
    try {
      return parse(text)
    } catch (error) {
      if (EverthreadError.isInstance(error)) return new Foreign(text)
      throw error
    }
  },
  snapshots: identitySnapshots(),
  history: {
    accepts: isNeutralMessage,
    encode: (message) => JSON.stringify(message),
    decode: (text) => JSON.parse(text),
  },
}
