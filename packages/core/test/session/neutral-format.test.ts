import { expect, it } from 'vitest'
import { neutralFormat } from '../../src/session/neutral-format.ts'

it('passes what only a framework can read through untouched', () => {
  const text = JSON.stringify({ $: 'a-kind-of-somebody', v: [1] })
  const value = neutralFormat.parse(text)
  expect(neutralFormat.stringify(value)).toBe(text)
})

it('takes history as it stands', () => {
  const message = { role: 'user', parts: [{ type: 'text', content: 'x' }], native: { format: 'f', data: { $: 'k' } } }
  expect(neutralFormat.history?.accepts(message)).toBe(true)
  const text = neutralFormat.history?.encode(message) ?? ''
  expect(neutralFormat.history?.decode(text)).toEqual(message)
})
