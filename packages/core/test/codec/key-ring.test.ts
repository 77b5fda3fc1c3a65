import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { KeyRing } from '../../src/codec/key-ring.ts'
import type { CodecOptions } from '../../src/contract/codec.ts'

const partition = { tenant: 'acme', id: 'chat' }
const first = { id: '2026', key: randomBytes(32) }
const second = { id: '2027', key: randomBytes(32) }
const refusal = (code: string) => expect.objectContaining({ name: 'EverthreadError', code })

describe('master keys', () => {
  it.each([
    ['bytes', first.key],
    ['hex', first.key.toString('hex')],
    ['base64', first.key.toString('base64')],
    ['base64url', first.key.toString('base64url')],
  ])('are taken as %s', (_, key) => {
    const wrapped = new KeyRing([first]).wrap({ id: randomBytes(4), key: randomBytes(32) }, partition)
    expect(new KeyRing({ 2026: key }).unwrap(wrapped, partition).key).toHaveLength(32)
  })

  it.each<[string, unknown]>([
    ['none is given', []],
    ['they are no list', 'secret'],
    ['they are null', null],
    ['one is too short', [{ id: 'a', key: randomBytes(16) }]],
    ['one is a passphrase', { a: 'correct horse battery staple' }],
    ['one is missing', [{ id: 'a' }]],
    ['one has no id', [{ id: '', key: randomBytes(32) }]],
    ['one has a number for an id', [{ id: 1, key: randomBytes(32) }]],
    ['two have the same id', [first, first]],
  ])('are refused when %s', (_, keys) => {
    expect(() => new KeyRing(keys as NonNullable<CodecOptions['keys']>)).toThrow(refusal('CODEC_INVALID'))
  })

  it('stand in no message', () => {
    const key = 'not-a-key-but-secret'
    expect(() => new KeyRing({ a: key })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(key) }),
    )
  })
})

describe('a wrapped data key', () => {
  const dataKey = { id: Uint8Array.from(randomBytes(4)), key: randomBytes(32) }
  const ring = new KeyRing([second, first])
  const wrapped = ring.wrap(dataKey, partition)

  it('comes back by the master key that wrapped it, wherever that is listed', () => {
    const back = new KeyRing([first, second]).unwrap(wrapped, partition)
    expect(Buffer.compare(back.id, dataKey.id)).toBe(0)
    expect(Buffer.compare(back.key, dataKey.key)).toBe(0)
  })

  it('is wrapped by the first master key', () => {
    expect(() => new KeyRing([first]).unwrap(wrapped, partition)).toThrow(refusal('KEY_MISSING'))
    expect(new KeyRing([second]).unwrap(wrapped, partition).key).toHaveLength(32)
  })

  it('does not open with another key of the same name', () => {
    const impostor = new KeyRing([{ id: '2027', key: randomBytes(32) }])
    expect(() => impostor.unwrap(wrapped, partition)).toThrow(refusal('DECRYPT_FAILED'))
  })

  it('does not open in another partition or tenant', () => {
    expect(() => ring.unwrap(wrapped, { ...partition, id: 'chat2' })).toThrow(refusal('DECRYPT_FAILED'))
    expect(() => ring.unwrap(wrapped, { ...partition, tenant: 'other' })).toThrow(refusal('DECRYPT_FAILED'))
  })

  it('is refused when cut, changed or newer', () => {
    expect(() => ring.unwrap(wrapped.subarray(0, -1), partition)).toThrow(refusal('VALUE_CORRUPT'))
    expect(() => ring.unwrap(new Uint8Array(), partition)).toThrow(refusal('VALUE_CORRUPT'))
    const flipped = Uint8Array.from(wrapped)
    flipped[wrapped.length - 1] = (flipped[wrapped.length - 1] as number) ^ 1
    expect(() => ring.unwrap(flipped, partition)).toThrow(refusal('DECRYPT_FAILED'))
    expect(() => ring.unwrap(Uint8Array.of(2, ...wrapped.subarray(1)), partition)).toThrow(refusal('FORMAT_NEWER'))
  })
})

describe('index names', () => {
  it('do not show the name, and differ from tenant to tenant', () => {
    const ring = new KeyRing([first])
    const name = ring.indexName('acme', 'user/alice')
    expect(name).not.toContain('alice')
    expect(name).toBe(ring.indexName('acme', 'user/alice'))
    expect(name).not.toBe(ring.indexName('other', 'user/alice'))
    expect(name).not.toBe(ring.indexName('acmeuser', '/alice'))
  })

  it('stay the same when a key is put before the others', () => {
    expect(new KeyRing([second, first]).indexName('acme', 'all')).toBe(new KeyRing([first]).indexName('acme', 'all'))
  })
})

describe('index values', () => {
  it('are sealed by the first key’s own key, and found again by its id', () => {
    const old = new KeyRing([first]).indexKey
    const ring = new KeyRing([second, first])
    expect(ring.indexKey.id).not.toEqual(old.id)
    expect(ring.findIndexKey(old.id)?.key).toEqual(old.key)
    expect(ring.findIndexKey(undefined)).toBeUndefined()
    expect(ring.findIndexKey(randomBytes(4))).toBeUndefined()
  })
})
