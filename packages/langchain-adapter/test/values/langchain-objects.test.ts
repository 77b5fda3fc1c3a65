import { createSerialiser } from '@everthread/core'
import { Document } from '@langchain/core/documents'
import { Serializable } from '@langchain/core/load/serializable'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { ChatPromptValue, ImagePromptValue, StringPromptValue } from '@langchain/core/prompt_values'
import { PromptTemplate } from '@langchain/core/prompts'
import { describe, expect, it } from 'vitest'
import { langchainExtensions } from '../../src/values/extensions.ts'

const { stringify, parse } = createSerialiser(langchainExtensions)
const again = (value: unknown): unknown => parse(stringify(value))

describe('LangChain objects in state come back as they went in', () => {
  const objects: Record<string, unknown> = {
    'messages anywhere': { last: new Map([['a', [new HumanMessage('x'), new AIMessage({ content: 'y', id: 'i' })]]]) },
    'a message in a message': new AIMessage({ content: '', additional_kwargs: { raw: new HumanMessage('x') } }),
    'a document': new Document({ pageContent: 'a', metadata: { at: new Date(0) } }),
    'a document with an id': new Document({ pageContent: 'a', metadata: {}, id: 'd' }),
    'a text prompt': new StringPromptValue('a'),
    'a chat prompt': new ChatPromptValue([new HumanMessage('x')]),
    'an image prompt': new ImagePromptValue({ url: 'https://a.example', detail: 'low' }),
  }
  for (const [name, value] of Object.entries(objects)) {
    it(name, () => {
      expect(again(value)).toStrictEqual(value)
    })
  }
})

describe('nothing is constructed that is not in the table', () => {
  class Danger extends Serializable {
    static made = 0
    override lc_serializable = true
    override lc_namespace = ['langchain_core', 'danger']
    readonly apiKey: string
    constructor(fields: { apiKey: string; model: string }) {
      super(fields)
      this.apiKey = fields.apiKey
      Danger.made++
    }
    override get lc_secrets(): Record<string, string> {
      return { apiKey: 'HOME' }
    }
  }

  it('an unknown object comes back as its plain LangChain JSON, its secret unresolved', () => {
    const back = again(new Danger({ apiKey: 'sk-1', model: 'm' }))
    expect(back).toStrictEqual({
      lc: 1,
      type: 'constructor',
      id: ['langchain_core', 'danger', 'Danger'],
      kwargs: { api_key: { lc: 1, type: 'secret', id: ['HOME'] }, model: 'm' },
    })
    expect(Danger.made).toBe(1)
  })

  it('a prompt template is plain JSON, too', () => {
    expect(again(PromptTemplate.fromTemplate('{a}'))).toMatchObject({
      lc: 1,
      id: ['langchain_core', 'prompts', 'prompt', 'PromptTemplate'],
    })
  })

  it('plain data that looks like LangChain JSON stays plain', () => {
    const forged = {
      lc: 1,
      type: 'constructor',
      id: ['langchain_core', 'messages', 'HumanMessage'],
      kwargs: { content: 'x' },
    }
    expect(again(forged)).toStrictEqual(forged)
  })

  it('stored text cannot name another class', () => {
    for (const text of [
      '{"$":"langchain","v":["Danger",{}]}',
      '{"$":"langchain","v":null}',
      '{"$":"langchain","v":["Document",null]}',
    ]) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'VALUE_CORRUPT' }))
    }
  })
})
