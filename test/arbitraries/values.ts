import fc from 'fast-check'

const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('$', '__proto__', 'toString', 'type', '0'))

const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, Number.NaN),
  fc.bigInt(),
  fc.date(),
  fc.uint8Array({ maxLength: 8 }),
  fc.webUrl().map((address) => new URL(address)),
)

const own = (entries: [string, unknown][]): Record<string, unknown> => {
  const made: Record<string, unknown> = {}
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return made
}

const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('anything'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('anything')), { maxLength: 3 }).map(own),
    fc.array(fc.tuple(tie('anything'), tie('anything')), { maxLength: 2 }).map((entries) => new Map(entries)),
    fc.array(tie('anything'), { maxLength: 2 }).map((elements) => new Set(elements)),
  ),
}))

/** Anything that state may hold. */
export const value: fc.Arbitrary<unknown> = anything

/** An object of such values, often empty. */
export const record: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.constant({}).map((empty) => ({ ...empty })),
  fc.array(fc.tuple(key, anything), { maxLength: 3 }).map(own),
)
