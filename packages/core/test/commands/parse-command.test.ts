import { expect, it } from 'vitest'
import { parseCommand } from '../../src/index.ts'

it.each([
  ['/new', { name: 'new', argument: '' }],
  ['  /Status \n', { name: 'status', argument: '' }],
  ['/reset hard', { name: 'reset', argument: 'hard' }],
  ['/compact keep the\nfile names ', { name: 'compact', argument: 'keep the\nfile names' }],
  ['/title  A trip to Oslo', { name: 'title', argument: 'A trip to Oslo' }],
])('%j is a command', (text, expected) => {
  expect(parseCommand(text)).toEqual(expected)
})

it.each(['hello', '/unknown', '/news', '/constructor', '/home/ada', '//new', 'see /new', '/', '/new/x', '', '/ new'])(
  '%j is an ordinary message',
  (text) => {
    expect(parseCommand(text)).toBeUndefined()
  },
)

it('what is no text is no command', () => {
  expect(parseCommand(undefined as never)).toBeUndefined()
})
