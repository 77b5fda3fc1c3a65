import { describe, expect, it } from 'vitest'
import {
  contextChart,
  type InspectOptions,
  inspectMessages,
  type OpenAIChatMessage,
  openaiChatLens,
  takesColour,
} from '../../../src/context/index.ts'
import type { NeutralMessage } from '../../../src/index.ts'

const each = (text: string): number => text.length

const messages: NeutralMessage[] = [
  { id: 's', role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
  {
    id: 'u',
    role: 'user',
    parts: [
      { type: 'text', content: 'What is in it?' },
      { type: 'uri', modality: 'image', uri: 'https://example.com/a.png' },
    ],
  },
  {
    id: 'a',
    role: 'assistant',
    parts: [
      { type: 'reasoning', content: 'I should look.' },
      { type: 'tool_call', id: 'c1', name: 'read', arguments: { page: 1 } },
      { type: 'tool_call', id: 'c2', name: 'find', arguments: {} },
    ],
  },
  { id: 'r1', role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'x'.repeat(2_000) }] },
  { id: 'r2', role: 'tool', parts: [{ type: 'tool_call_response', id: 'c2', response: 'none' }] },
]

describe('inspectMessages', () => {
  const found = inspectMessages(messages, {
    tokenCounter: each,
    instructions: 'Help.',
    tools: 'schema',
    window: 10_000,
  })

  it('says what takes how many tokens, and every one once', () => {
    expect(found.byPart).toEqual({
      system: 5 + 9 + 4,
      tools: 6,
      history: 14 + 4 * 4 + 'read{"page":1}'.length + 'find{}'.length,
      results: 2_004,
      reasoning: 14,
      files: 1_100,
    })
    expect(found.tokens).toBe(Object.values(found.byPart).reduce((sum, size) => sum + size))
    expect(found).toMatchObject({ messages: 5, window: 10_000, share: found.tokens / 10_000 })
  })

  it('says it by tool, also where results do not name theirs', () => {
    expect(found.byTool).toEqual({
      read: { calls: 1, tokens: 2_000 + 'read{"page":1}'.length },
      find: { calls: 1, tokens: 4 + 'find{}'.length },
    })
    expect(Object.keys(found.byTool)[0]).toBe('read')
  })

  it('names the biggest', () => {
    const { biggest } = inspectMessages(messages, { tokenCounter: each, biggest: 2 })
    expect(biggest).toEqual([
      { place: 3, id: 'r1', role: 'tool', tool: 'read', tokens: 2_004, begins: 'x'.repeat(60) },
      { place: 1, id: 'u', role: 'user', tokens: 1_118, begins: 'What is in it?' },
    ])
  })

  it('is plain data, and so small for nothing', () => {
    expect(JSON.parse(JSON.stringify(found))).toEqual(found)
    expect(inspectMessages([])).toMatchObject({ tokens: 0, messages: 0, byTool: {}, biggest: [] })
  })

  it('reads other formats through their lens', () => {
    const chat: OpenAIChatMessage[] = [{ role: 'tool', tool_call_id: 'gone', content: 'abc' }]
    expect(inspectMessages(chat, { lens: openaiChatLens, tokenCounter: each })).toMatchObject({
      tokens: 7,
      byTool: { unknown: { calls: 0, tokens: 3 } },
    })
  })

  it.each<[unknown, InspectOptions<NeutralMessage>, string]>([
    ['text', {}, 'MESSAGE_INVALID'],
    [[{ role: 'user' }], {}, 'MESSAGE_INVALID'],
    [[], { window: 0 }, 'CONTEXT_OPTIONS_INVALID'],
    [[], { biggest: -1 }, 'CONTEXT_OPTIONS_INVALID'],
    [[], { most: 1 } as object, 'CONTEXT_OPTIONS_INVALID'],
    [messages, { tokenCounter: () => -1 }, 'TOKEN_COUNTER_INVALID'],
  ])('refuses what it cannot read: %o %o', (list, options, code) => {
    expect(() => inspectMessages(list as NeutralMessage[], options)).toThrow(expect.objectContaining({ code }))
  })
})

describe('contextChart', () => {
  const found = inspectMessages(messages, { tokenCounter: each, window: 10_000, biggest: 1 })

  it('draws a bar for each part and tool, the largest the longest', () => {
    expect(contextChart({ ...found, prune: { tokens: { before: 3_200, after: 1_400 } } }, { width: 10 })).toBe(
      [
        'Context: about 3,181 tokens of 10,000 (32%) in 5 messages',
        '  system                           13  #',
        '  tools                             0',
        '  history                          50  #',
        '  results                       2,004  ##########',
        '  reasoning                        14  #',
        '  files                         1,100  #####',
        'By tool',
        '  read (1x)                     2,014  ##########',
        '  find (1x)                        10  #',
        'Biggest messages',
        `  #3 tool read                  2,004  ${'x'.repeat(60)}`,
        'A prune now would leave 1,400 of 3,200 tokens',
      ].join('\n'),
    )
  })

  it('is coloured when it is told to be', () => {
    const chart = contextChart(found, { colour: true, width: 10 })
    expect(chart).toContain('\u001b[33m██████████\u001b[0m')
    expect(chart).not.toContain('  #\n')
  })

  it('shows no control characters of messages and tools', () => {
    const evil: NeutralMessage[] = [
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 'a\u001b[2J', arguments: '\u001b]0;x\u0007' }] },
    ]
    expect(contextChart(inspectMessages(evil))).not.toMatch(/[\u001b\u0007]/)
  })

  it('knows where colours are wanted', () => {
    expect(takesColour({ isTTY: true })).toBe(true)
    expect(takesColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(takesColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
    expect(takesColour({})).toBe(false)
  })
})
