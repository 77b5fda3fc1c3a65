import { randomBytes, randomUUID } from 'node:crypto'
import { brotliCompressSync, constants, crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createCodec, keyIdOf } from '../../src/codec/codec.ts'
import type { Place } from '../../src/contract/codec.ts'
import type { Bytes } from '../../src/contract/store.ts'

const place: Place = { partition: { tenant: 'acme', id: 'chat' }, key: 'm/1' }
const dataKey = { id: randomBytes(4), key: randomBytes(32) }
const plain = createCodec()
const encrypted = createCodec({ keys: { k: 'ab'.repeat(32) } })
const message = Buffer.from(
  JSON.stringify({
    role: 'user',
    parts: [{ type: 'text', content: 'Could you please check the status of my order?' }],
  }),
)
const long = Buffer.from(Array.from({ length: 2000 }, (_, at) => `{"line":${at},"text":"row ${at * 7}"}`).join('\n'))

const withIds = Buffer.from(`{"id":"${randomUUID()}","text":"Where is it?","parent":"${randomUUID()}"}`)

const fastest = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
const refusal = (code: string) => expect.objectContaining({ name: 'EverthreadError', code })

/** A plain value of our making, with a right checksum. */
function stored(header: number, payload: Bytes): Bytes {
  const body = Buffer.concat([Uint8Array.of(header), payload])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([body, sum])
}

describe.each([
  ['plain', plain, undefined],
  ['encrypted', encrypted, dataKey],
  ['plain, not compressed', createCodec({ compression: false }), undefined],
  ['encrypted, not compressed', createCodec({ keys: { k: 'ab'.repeat(32) }, compression: false }), dataKey],
] as const)('a codec, %s', (_, codec, key) => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a byte', Buffer.from('x')],
    ['a message', message],
    ['a long text', long],
    ['a message with ids', withIds],
    ['noise', randomBytes(10_000)],
  ])('gives back %s as it was', (_, value) => {
    const back = codec.decode(codec.encode(value, place, key), place, key)
    expect(Buffer.compare(back, value)).toBe(0)
    expect(back.constructor).toBe(Uint8Array)
  })

  it('notices every flipped bit', () => {
    const value = codec.encode(message, place, key)
    for (let bit = 0; bit < value.length * 8; bit++) {
      const flipped = Uint8Array.from(value)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(() => codec.decode(flipped, place, key)).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^(VALUE_CORRUPT|FORMAT_NEWER|DECRYPT_FAILED|KEY_MISSING|VALUE_NOT_ENCRYPTED)$/),
        }),
      )
    }
  })

  it('notices every cut', () => {
    const value = codec.encode(message, place, key)
    for (let length = 0; length < value.length; length++) {
      expect(() => codec.decode(value.subarray(0, length), place, key)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(VALUE_CORRUPT|DECRYPT_FAILED)$/) }),
      )
    }
  })

  it('says that a value has a newer format', () => {
    const value = Uint8Array.from(codec.encode(message, place, key))
    value[0] = (value[0] as number) + 0x20
    expect(() => codec.decode(value, place, key)).toThrow(refusal('FORMAT_NEWER'))
  })
})

describe('compression', () => {
  const bytesOf = (value: Bytes) => plain.encode(value, place).length

  it('adds five bytes to what does not shrink', () => {
    expect(bytesOf(Buffer.alloc(0))).toBe(5)
    expect(bytesOf(randomBytes(100))).toBe(105)
    expect(bytesOf(randomBytes(10_000))).toBe(10_005)
  })

  it('brings a short message to half its size with the shipped dictionary', () => {
    expect(bytesOf(message)).toBeLessThan(message.length * 0.5)
  })

  it('keeps a UUID in its 16 bytes, and what compresses is the text around', () => {
    const messages = Array.from({ length: 20 }, () => `{"role":"user","id":"${randomUUID()}"}`).join('\n')
    expect(bytesOf(Buffer.from(messages))).toBeLessThan(20 * 16 + 60)
  })

  it('brings long regular text to a tenth', () => {
    expect(bytesOf(long)).toBeLessThan(long.length * 0.15)
  })

  it('is left out on request', () => {
    expect(createCodec({ compression: false }).encode(message, place)).toHaveLength(message.length + 5)
  })

  it('reads compressed values where compression is off, and the other way round', () => {
    const off = createCodec({ compression: false })
    expect(Buffer.from(off.decode(plain.encode(message, place), place))).toEqual(message)
    expect(Buffer.from(plain.decode(off.encode(message, place), place))).toEqual(message)
  })

  it('refuses a value that would unfold without bound', () => {
    const bomb = stored(0x22, brotliCompressSync(Buffer.alloc(257 * 1024 * 1024), fastest))
    expect(() => plain.decode(bomb, place)).toThrow(refusal('VALUE_CORRUPT'))
  })

  it('says that an unknown compression is a newer format', () => {
    expect(() => plain.decode(stored(0x2f, message), place)).toThrow(refusal('FORMAT_NEWER'))
  })

  it('says that a payload which does not unfold is corrupt', () => {
    expect(() => plain.decode(stored(0x21, Buffer.from([0xff, 0xff])), place)).toThrow(refusal('VALUE_CORRUPT'))
  })

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['ends before its UUIDs do', Buffer.from([0, 0, 2, 1, 2, 3])],
    ['has fewer marks than UUIDs', Buffer.concat([Buffer.from([0, 0, 1]), Buffer.alloc(16), Buffer.from('text')])],
  ])('says that a payload without its UUIDs is corrupt when it %s', (_, payload) => {
    expect(() => plain.decode(stored(0x24, payload), place)).toThrow(refusal('VALUE_CORRUPT'))
  })

  it('says that an unknown compression of the text without its UUIDs is a newer format', () => {
    expect(() => plain.decode(stored(0x24, Buffer.from([0x0f, 0, 0, 1])), place)).toThrow(refusal('FORMAT_NEWER'))
  })
})

describe('version 1 of the format', () => {
  const short = '{"role":"assistant","parts":[{"type":"text","content":"It is on its way."}]}'
  const repeated = '{"role":"user","parts":[{"type":"text","content":"Again."}]}\n'.repeat(60)
  const text = (value: Bytes) => Buffer.from(value).toString()

  it('is still read: a small value', () => {
    const written = Buffer.from('2123d7c9e041877ce8b05c62a51ea8b401000bd44e94', 'hex')
    expect(text(plain.decode(written, place))).toBe(short)
  })

  it('is still read: a large value', () => {
    const written =
      '22815872002004b9f3048f7fcd9fb40581b5ca7e81434ec0bf45a5107aa2106c8c9d2bc41789b2c79287b085bdcebb72140726529' +
      '7a142f94de99dde251700747ffe06006de95e87'
    expect(text(plain.decode(Buffer.from(written, 'hex'), place))).toBe(repeated)
  })

  it('is still read: a text, by the second dictionary', () => {
    const written = '23edd83111000008c4b01d57f837c53d0e988980ac1d7a17bd0f3b7529188661188661188661f8251e45386ef2'
    expect(text(plain.decode(Buffer.from(written, 'hex'), place))).toBe(repeated)
  })

  it('is still read: a value without its UUIDs', () => {
    const written = '240100010f8fad5bd9cb469fa16570867728950e235d87236870480fe15c46a55a006c47ccd8'
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e'
    expect(text(plain.decode(Buffer.from(written, 'hex'), place))).toBe(
      `{"role":"user","parts":[{"type":"text","content":"Again."}],"id":"${id}"}`,
    )
  })

  it('is still read: an encrypted value', () => {
    const key = { id: Buffer.from('01020304', 'hex'), key: Buffer.alloc(32, 7) }
    const written =
      '3101020304a51720608ffa96a8c7a2e92a3dc2e0088394ce8d624758a5b23c42208e76fd6cbbf4c53a76d38da5981228634d'
    expect(text(encrypted.decode(Buffer.from(written, 'hex'), place, key))).toBe(short)
  })
})

describe('encryption', () => {
  const value = encrypted.encode(message, place, dataKey)

  it('shows nothing of the value', () => {
    const off = createCodec({ keys: { k: 'ab'.repeat(32) }, compression: false })
    expect(Buffer.from(off.encode(message, place, dataKey)).includes('please')).toBe(false)
  })

  it('names the data key that it was sealed by', () => {
    expect(keyIdOf(value)).toEqual(Buffer.from(dataKey.id))
    expect(keyIdOf(plain.encode(message, place))).toBeUndefined()
  })

  it('never writes the same bytes twice', () => {
    expect(Buffer.compare(value, encrypted.encode(message, place, dataKey))).not.toBe(0)
  })

  it.each([
    ['another key', { ...place, key: 'm/2' }],
    ['another partition', { ...place, partition: { tenant: 'acme', id: 'chat2' } }],
    ['another tenant', { ...place, partition: { tenant: 'acm', id: 'chat' } }],
    ['names cut elsewhere', { partition: { tenant: 'acmec', id: 'hat' }, key: 'm/1' }],
  ])('refuses a value moved to %s', (_, elsewhere) => {
    expect(() => encrypted.decode(value, elsewhere, dataKey)).toThrow(refusal('DECRYPT_FAILED'))
  })

  it('refuses another data key, and another of the same id', () => {
    const other = { id: randomBytes(4), key: dataKey.key }
    expect(() => encrypted.decode(value, place, other)).toThrow(refusal('DECRYPT_FAILED'))
    expect(() => encrypted.decode(value, place, { ...dataKey, key: randomBytes(32) })).toThrow(
      refusal('DECRYPT_FAILED'),
    )
    expect(() => encrypted.decode(value, place)).toThrow(refusal('DECRYPT_FAILED'))
  })

  it('refuses a plain value, and a plain codec an encrypted one', () => {
    expect(() => encrypted.decode(plain.encode(message, place), place, dataKey)).toThrow(refusal('VALUE_NOT_ENCRYPTED'))
    expect(() => plain.decode(value, place)).toThrow(refusal('KEY_MISSING'))
  })

  it('does not encode without a data key', () => {
    expect(() => encrypted.encode(message, place)).toThrow(refusal('KEY_MISSING'))
  })
})

describe('the options', () => {
  it('are refused when compression is neither on nor off', () => {
    expect(() => createCodec({ compression: 'yes' as unknown as boolean })).toThrow(refusal('CODEC_INVALID'))
  })
})
