import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PackedProgram } from '../packed-program.ts'

const program = 'every-part-child.ts'

/** The lowest and the highest of the peer ranges that install together, and what goes with them. */
const versions = {
  lowest: {
    '@langchain/core': '1.0.0',
    '@langchain/langgraph-checkpoint': '1.0.0',
    '@langchain/langgraph': '1.0.0',
    langchain: '1.0.1',
    zod: '3.25.76',
  },
  highest: {
    '@langchain/core': '1.4.0',
    '@langchain/langgraph-checkpoint': '1.2.2',
    '@langchain/langgraph': '1.7.3',
    langchain: '1.5.14',
    zod: '4.6.7',
  },
}

const outcome = {
  saver: { asked: 'what?', messages: ['Hello', 'You said yes'], checkpoints: 3 },
  functional: [4, 4],
  history: { chain: ['a', 'answer 1', 'b', 'answer 3'], graph: ['Hello', 'You said yes'] },
  memory: { history: 'Human: Hello\nAI: Hi' },
  memories: { found: ['tea'], namespaces: [['users', 'ada']] },
  agent: { kept: 42, whole: true, fits: true, offered: ['read', 'recall'], ended: ['Reader', 'read'], stored: 42 },
}

/** What a user of an old or a new LangChain gets from the packed adapter. */
export function worksWithEveryLangChain(packed: () => string[]): void {
  describe.each(Object.entries(versions))(
    'the packed adapter, with the %s LangChain of its peer ranges',
    (_, peers) => {
      let project: PackedProgram

      beforeAll(async () => {
        project = await PackedProgram.install(join(import.meta.dirname, program), packed(), peers)
      })

      afterAll(() => rmSync(project.folder, { recursive: true, force: true }))

      it('does with every part of it what it does with others', async () => {
        expect(await project.outcome()).toEqual(outcome)
      })

      it('fits its types', async () => {
        expect(await project.complaint()).toBe('')
      })
    },
  )
}
