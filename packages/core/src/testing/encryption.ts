import { describe, expect, it } from 'vitest'
import type { CodecOptions } from '../contract/codec.ts'
import type { Partition, Store } from '../contract/store.ts'
import { bytes, type Suite, text } from './suite.ts'

const OTHER_KEY = { id: 'other', key: 'cd'.repeat(32) }

/** What a handle with other keys sees. */
export function encryptionTopic(suite: Suite): void {
  const keys = suite.codec.keys as { id: string; key: string }[]

  async function written(store: Store = suite.store): Promise<Partition> {
    const partition = suite.partition()
    const index = [{ index: 'user/u', sort: '1', value: bytes('card') }]
    await suite.commit(partition, { ops: [{ put: 'a', value: bytes('secret') }], index }, store)
    return partition
  }
  const refuses = async (store: Store, partition: Partition, code: string) => {
    const refusal = expect.objectContaining({ name: 'EverthreadError', code })
    await expect(store.read(partition, [{ get: ['a'] }])).rejects.toEqual(refusal)
  }

  describe('keys', () => {
    it('refuses to read without them', async () => {
      await refuses(await suite.reopen({}), await written(), 'KEY_MISSING')
    })

    it('refuses to read and to write with another master key of the same name', async () => {
      const other = await suite.reopen({ keys: [{ id: 'test', key: OTHER_KEY.key }] })
      const partition = await written()
      await refuses(other, partition, 'DECRYPT_FAILED')
      await expect(suite.put(partition, { b: '1' }, other)).rejects.toMatchObject({ code: 'DECRYPT_FAILED' })
      expect(await suite.texts(partition)).toEqual({ a: 'secret' })
    })

    it('names the master key that is missing', async () => {
      const partition = await written()
      const reading = (await suite.reopen({ keys: [OTHER_KEY] })).read(partition, [{ get: ['a'] }])
      await expect(reading).rejects.toMatchObject({ code: 'KEY_MISSING', message: expect.stringContaining('"test"') })
    })

    it('refuses a plain value where all must be encrypted', async () => {
      await refuses(suite.store, await written(await suite.reopen({})), 'VALUE_NOT_ENCRYPTED')
    })

    it('still reads, writes and finds everything when a new key was put before the old one', async () => {
      const partition = await written()
      const rotated = await suite.reopen({ keys: [OTHER_KEY, ...keys] } satisfies CodecOptions)
      await suite.put(partition, { b: 'more' }, rotated)
      expect(await suite.texts(partition, rotated)).toEqual({ a: 'secret', b: 'more' })
      const { rows } = await rotated.query(partition.tenant, { index: 'user/u', limit: 5 })
      expect(rows.map(text)).toEqual(['card'])
    })
  })
}
