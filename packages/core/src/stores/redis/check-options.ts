import { EverthreadError } from '../../errors.ts'
import type { RedisStoreOptions } from './store.ts'

const LEAST = { timeoutMs: 1, retries: 0, backoffMs: 0, graceMs: 1 } as const

/** Raises `OPTIONS_INVALID` for what would only show as something strange later. */
export function checkOptions(target: unknown, options: RedisStoreOptions): void {
  if (!isTarget(target)) {
    refuse('redisStore needs an ioredis client, a redis:// or rediss:// URL, connection options, or { nodes: […] }.')
  }
  for (const [name, least] of Object.entries(LEAST)) {
    checkNumber(options[name as keyof typeof LEAST], name, least)
  }
  if (options.wait) {
    checkNumber(options.wait.replicas, 'wait.replicas', 1)
    checkNumber(options.wait.timeoutMs, 'wait.timeoutMs', 1)
  }
  const { prefix } = options
  if (prefix !== undefined && !/^[\w:.{}-]+$/.test(prefix)) {
    refuse('prefix must be a plain name: letters, digits, _, -, ., : and braces.')
  }
}

function isTarget(target: unknown): boolean {
  if (typeof target === 'string') return /^rediss?:\/\/.|^\//.test(target)
  if (typeof target !== 'object' || target === null) return false
  return (
    !('nodes' in target) ||
    typeof target.nodes === 'function' ||
    (Array.isArray(target.nodes) && target.nodes.length > 0)
  )
}

function checkNumber(value: number | undefined, name: string, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return
  refuse(`${name} must be a whole number of at least ${least}.`)
}

function refuse(message: string): never {
  throw new EverthreadError('OPTIONS_INVALID', message)
}
