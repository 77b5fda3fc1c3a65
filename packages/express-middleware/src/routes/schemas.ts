import { EverthreadError, type NeutralMessage } from '@everthread/core'
import * as z from 'zod/v4'

const id = z.string().min(1).max(512)
const count = z.coerce.number().int().min(1).max(200)

/** Whatever parts the core takes, which it checks itself; but a client speaks for nobody else than its user. */
const message = z
  .looseObject({ role: z.literal('user'), parts: z.array(z.looseObject({ type: z.string() })).min(1) })
  .transform((value) => value as unknown as NeutralMessage)

export const create = z.strictObject({
  id: id.optional(),
  title: z.string().max(256).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
})
export const page = z.object({ limit: count.default(50), cursor: z.string().optional() })
export const messages = z.object({ limit: count.default(50), before: id.optional(), after: id.optional() })
export const append = z.strictObject({
  messages: z.array(message).min(1).max(100),
  commitId: z.string().min(1).max(200).optional(),
})
export const reset = z.strictObject({ mode: z.enum(['soft', 'hard']).optional() })
export const compact = z.strictObject({ instructions: z.string().max(2_000).optional() })
/** The server's clock dates a heartbeat: a page's own may be wrong. */
export const attention = z.strictObject({
  state: z.enum(['focused', 'away', 'offline']),
  ttl: z.number().int().min(1_000).max(600_000),
})
export const fork = z.strictObject({
  from: id,
  name: z.string().min(1).max(256).optional(),
  switch: z.boolean().optional(),
})
export const switchTo = z.strictObject({ branch: z.string().min(1).max(256) })
export const checkpoints = z.object({ limit: count.default(50), before: id.optional() })
export const exported = z.object({ format: z.enum(['json', 'jsonl', 'markdown', 'html']).default('json') })
export const share = z.strictObject({
  scope: z.enum(['snapshot', 'live']).optional(),
  expiresIn: z.number().int().positive().optional(),
})

/** @throws `REQUEST_INVALID` with what is wrong and where */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the request'}: ${message}`)
  throw new EverthreadError('REQUEST_INVALID', `Mend ${issues.join('; ')}`)
}

/** Without the keys that are undefined, which the core would take for given. */
export function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
