import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../scripts/run-command.ts'
import { installInto } from '../packed-project.ts'

const run = promisify(execFile)
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
      let project: string

      beforeAll(async () => {
        project = mkdtempSync(join(tmpdir(), 'everthread-langchain-'))
        // What the peers bring themselves is held to the same versions.
        await installInto(project, packed(), peers, peers)
        copyFileSync(join(import.meta.dirname, program), join(project, program))
      })

      afterAll(() => rmSync(project, { recursive: true, force: true }))

      it('does with every part of it what it does with others', async () => {
        const flags = ['--disable-warning=ExperimentalWarning', program]
        const { stdout } = await run(process.execPath, flags, { cwd: project })
        expect(JSON.parse(stdout)).toEqual(outcome)
      })

      it('fits its types', async () => {
        // Those of the oldest LangChain are not right by themselves.
        const compilerOptions = { strict: true, noEmit: true, target: 'es2023', module: 'nodenext', skipLibCheck: true }
        const types = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
        const config = { compilerOptions: { ...compilerOptions, ...types }, include: [program] }
        writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
        writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
        const complaint = await run(join(root, 'node_modules/.bin/tsc'), ['-p', project]).then(
          () => '',
          (error: { stdout: string; message: string }) => error.stdout || error.message,
        )
        expect(complaint).toBe('')
      })
    },
  )
}
