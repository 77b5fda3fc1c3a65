import { describe, expect, it } from 'vitest'
import { redisStore } from '../../src/stores/redis/index.ts'

const url = 'redis://127.0.0.1:1'
const refusal = expect.objectContaining({ code: 'OPTIONS_INVALID' })

describe('redisStore', () => {
  const targets: Record<string, unknown> = {
    nothing: undefined,
    null: null,
    'a number': 6379,
    'an address without a protocol': 'localhost:6379',
    'the URL of something else': 'postgres://localhost',
    'a cluster without nodes': { nodes: [] },
  }
  it.each(Object.entries(targets))('refuses %s for a server', (_, target) => {
    // @ts-expect-error: what a caller without types may pass
    expect(() => redisStore(target)).toThrow(refusal)
  })

  it.each([url, 'rediss://user:pass@host:6380/2', '/run/redis.sock', { host: 'host' }, { nodes: ['host:1'] }])(
    'takes %j for a server and connects to nothing yet',
    async (target) => {
      await redisStore(target).close()
    },
  )

  it.each([
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
    { retries: -1 },
    { backoffMs: 1.5 },
    { graceMs: 0 },
    { wait: { replicas: 0, timeoutMs: 1 } },
    { wait: { replicas: 1, timeoutMs: 0 } },
    { prefix: '' },
    { prefix: 'with space' },
    { prefix: 'new\nline' },
  ])('refuses the options %j', (options) => {
    expect(() => redisStore(url, options)).toThrow(refusal)
  })
})
