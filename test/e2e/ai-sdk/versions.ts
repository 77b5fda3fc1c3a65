import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../scripts/run-command.ts'
import { PackedProgram } from '../packed-program.ts'

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>
}
const versions = [devDependencies['ai-6']?.replace('npm:ai@', ''), devDependencies.ai] as string[]

/** What a user of the AI SDK gets from the packed adapter: a route, and the transport in front of it. */
export function worksWithEveryAi(packed: () => string[]): void {
  describe.each(versions)('the packed adapter, with ai %s', (ai) => {
    let project: PackedProgram

    beforeAll(async () => {
      const program = join(import.meta.dirname, 'chat-child.ts')
      project = await PackedProgram.install(program, packed(), { ai, zod: devDependencies.zod as string })
    }, 300_000)

    afterAll(() => rmSync(project.folder, { recursive: true, force: true }))

    it('answers over the transport of its client entry', async () => {
      expect(await project.outcome()).toEqual({ said: 'Hello', roles: ['user', 'assistant'] })
    })

    it('fits its types', async () => {
      expect(await project.complaint()).toBe('')
    })
  })
}
