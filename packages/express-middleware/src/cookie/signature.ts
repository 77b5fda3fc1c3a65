import { type BinaryLike, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'

/** Signs session ids, or one of several that did. */
export type Secret = BinaryLike | KeyObject

const SIGNED = 's:'

/** A session's id as its cookie carries it: `s:<id>.<HMAC-SHA256 in base64, unpadded>`, as express-session has it. */
export function sign(id: string, secret: Secret): string {
  return `${SIGNED}${id}.${signatureOf(id, secret)}`
}

/** The id, if one of the secrets has signed it. Every secret is tried in constant time. */
export function unsign(value: unknown, secrets: readonly Secret[]): string | undefined {
  if (typeof value !== 'string' || !value.startsWith(SIGNED)) return undefined
  const end = value.lastIndexOf('.')
  if (end <= SIGNED.length) return undefined
  const id = value.slice(SIGNED.length, end)
  const given = Buffer.from(value.slice(end + 1))
  const isSigned = secrets.some((secret) => {
    const expected = Buffer.from(signatureOf(id, secret))
    return expected.length === given.length && timingSafeEqual(expected, given)
  })
  return isSigned ? id : undefined
}

function signatureOf(id: string, secret: Secret): string {
  return createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
}
