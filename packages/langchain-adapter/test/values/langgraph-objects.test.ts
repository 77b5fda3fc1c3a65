import { createSerialiser } from '@everthread/core'
import { HumanMessage } from '@langchain/core/messages'
import { Command, Overwrite, Send } from '@langchain/langgraph'
import { DeltaSnapshot, MemorySaver } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import { langchainExtensions } from '../../src/values/extensions.ts'

const { stringify, parse } = createSerialiser(langchainExtensions)
const again = (value: unknown): unknown => parse(stringify(value))

/** LangGraph's own serialiser, as its savers use it. */
const { serde } = new MemorySaver()
const theirs = async (value: unknown): Promise<unknown> => serde.loadsTyped(...(await serde.dumpsTyped(value)))

describe("LangGraph's objects come back as from its own serialiser", () => {
  const objects: Record<string, unknown> = {
    'a packet to a node': new Send('node', { topics: ['a'] }),
    'a packet with a timeout': new Send('node', { a: 1 }, { timeout: 5 }),
    'a packet that carries messages': new Send('node', { messages: [new HumanMessage({ id: 'a', content: 'x' })] }),
    'a value that overwrites': { messages: new Overwrite(['a']) },
    'a snapshot of a delta channel': new DeltaSnapshot([new HumanMessage({ id: 'a', content: 'x' })]),
    'an interrupt': [{ id: 'i', value: { question: 'sure?' } }],
  }
  for (const [name, value] of Object.entries(objects)) {
    it(name, async () => {
      expect(again(value)).toEqual(await theirs(value))
    })
  }

  it('a command with packets', async () => {
    const command = new Command({ goto: [new Send('a', { x: 1 }), 'b'], update: { n: 1 }, resume: 'yes' })
    const back = again(command) as { goto: object[] }
    expect(back).toMatchObject({ lg_name: 'Command', update: { n: 1 }, resume: 'yes' })
    expect(back.goto[0]).toMatchObject({ node: 'a', args: { x: 1 } })
    expect(new Command(back as never).goto).toEqual(new Command((await theirs(command)) as never).goto)
  })

  it('a snapshot is of its class again', () => {
    expect(again(new DeltaSnapshot(1))).toBeInstanceOf(DeltaSnapshot)
  })
})
