import { describe, expect, it } from 'vitest'
import { checkInfo } from '../../src/stores/redis/start-check.ts'

/** What a server says of itself, and what becomes of it: an error's code, or the codes of warnings. */
function judged(fields: Record<string, string>, cluster = false): string | string[] {
  const warnings: string[] = []
  try {
    checkInfo(new Map(Object.entries(fields)), cluster, ({ code }) => warnings.push(code))
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'another error'
  }
  return warnings
}

describe('the start check', () => {
  it.each(['2.8.24', '5.0.14', '6.0.20'])('refuses Redis %s', (version) => {
    expect(judged({ redis_version: version })).toBe('STORE_VERSION')
    expect(judged({ redis_version: version }, true)).toBe('STORE_VERSION')
  })

  it.each(['6.2.0', '7.0.15', '7.2.4', '8.0.0', '10.1.0'])('takes Redis %s', (version) => {
    expect(judged({ redis_version: version })).toEqual([])
  })

  it('takes a server that says nothing', () => {
    expect(judged({})).toEqual([])
  })

  it('refuses a node of a cluster, except to a cluster client', () => {
    expect(judged({ cluster_enabled: '1' })).toBe('STORE_CLUSTER')
    expect(judged({ cluster_enabled: '1' }, true)).toEqual([])
  })

  it('refuses a replica unless it takes writes', () => {
    expect(judged({ role: 'slave', slave_read_only: '1' })).toBe('STORE_READ_ONLY')
    expect(judged({ role: 'slave', slave_read_only: '0' })).toEqual([])
    expect(judged({ role: 'master' })).toEqual([])
  })

  it.each(['allkeys-lru', 'volatile-ttl'])('warns of the policy %s', (policy) => {
    expect(judged({ maxmemory_policy: policy })).toEqual(['STORE_EVICTS'])
  })

  it('says nothing of a policy that evicts nothing', () => {
    expect(judged({ maxmemory_policy: 'noeviction' })).toEqual([])
  })
})
