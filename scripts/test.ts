/** `npm test`: the gates, then every test with coverage. With arguments (a file, `-t name`) only vitest with them. */
import { styleText } from 'node:util'
import { coverageGaps } from './coverage-gaps.ts'
import { gates } from './gates.ts'
import { runVitest } from './vitest-run.ts'

const args = process.argv.slice(2)
process.exitCode = args.length > 0 ? await testSome() : await testAll()

async function testSome(): Promise<number> {
  const { code, passed, failed } = await runVitest(args)
  return close(code, passed, failed)
}

async function testAll(): Promise<number> {
  for (const { name, check } of gates) {
    const started = Date.now()
    const wrong = await check().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`
    if (wrong !== undefined) {
      console.log(wrong)
      console.log(`${styleText('red', '✗')} ${name} (${seconds}): the tests did not run`)
      return close(1, 0, 1)
    }
    console.log(`${styleText('green', '✓')} ${name} (${seconds})`)
  }
  const { code, passed, failed } = await runVitest(['--coverage'])
  for (const line of coverageGaps()) console.log(line)
  return close(code, passed, failed)
}

function close(code: number, passed: number, failed: number): number {
  console.log(`\n${passed} passed, ${failed} failed`)
  return code
}
