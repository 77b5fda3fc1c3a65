import { describe, expect, it } from 'vitest'
import { checkTemplates, configOf, type Templates } from '../../src/template/template.ts'

const templates: Templates = {
  support: {
    systemPrompt: 'You help customers.',
    context: { language: 'de', tone: 'warm', region: { country: 'AT' } },
    capabilities: ['search', 'refund'],
  },
}

describe('a template', () => {
  it('gives a copy, which no later change reaches', () => {
    const config = configOf(templates, 'support')
    expect(config).toEqual(templates.support)
    expect(config).not.toBe(templates.support)
    expect(config.context).not.toBe(templates.support?.context)
  })

  it.each([['nobody'], ['constructor'], [7 as never]])('that the manager does not have is refused: %s', (name) => {
    expect(() => configOf(templates, name)).toThrow(expect.objectContaining({ code: 'TEMPLATE_UNKNOWN' }))
    expect(() => configOf(undefined, name)).toThrow(expect.objectContaining({ code: 'TEMPLATE_UNKNOWN' }))
  })

  it.each<[string, unknown]>([
    ['is no object', { a: 'You help' }],
    ['has a field that means nothing', { a: { prompt: 'x' } }],
    ['has a prompt that is no text', { a: { systemPrompt: ['x'] } }],
    ['has a context that is no object', { a: { context: ['x'] } }],
    ['has a tone that is no text', { a: { context: { tone: 3 } } }],
    ['has what JSON cannot say', { a: { context: { since: new Date() } } }],
    ['has capabilities that are no list', { a: { capabilities: 'search' } }],
    ['is larger than a row should be', { a: { systemPrompt: 'x'.repeat(33_000) } }],
    ['is not even in an object', 'support'],
  ])('is refused when it %s', (_, wrong) => {
    expect(() => checkTemplates(wrong as Templates)).toThrow(expect.objectContaining({ code: 'TEMPLATE_INVALID' }))
  })

  it('is accepted when it is well formed', () => {
    checkTemplates({ ...templates, blank: {} })
  })
})
