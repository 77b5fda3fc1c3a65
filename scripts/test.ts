/** `npm test`: the gates, then every test with coverage. With arguments (a file, `-t name`) only vitest with them. */
import { styleText } from 'node:util'
import { coverageGaps } from './coverage-gaps.ts'
import { type Gate, gates, tarballs } from './gates.ts'
import { runVitest, type TestCount } from './vitest-run.ts'

const args = process.argv.slice(2)
const advice = 'Install Chromium (Debian: apt-get install chromium), or name one: EVERTHREAD_CHROMIUM=/path/to/it'
process.exitCode = args.length > 0 ? await testSome() : await testAll()

async function testSome(): Promise<number> {
  return close(await runVitest(args))
}

async function testAll(): Promise<number> {
  const closed = (await Promise.all(gates.map(isClosed))).filter(Boolean).length
  if (closed > 0) {
    console.log('The tests did not run')
    return close({ code: 1, passed: 0, failed: closed, leftOut: 0 })
  }
  const count = await runVitest(['--coverage'], { EVERTHREAD_TARBALLS: tarballs })
  for (const line of coverageGaps()) console.log(line)
  return close(count)
}

async function isClosed({ name, check }: Gate): Promise<boolean> {
  const started = Date.now()
  const wrong = await check().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`
  if (wrong !== undefined) console.log(wrong)
  console.log(`${wrong === undefined ? styleText('green', '✓') : styleText('red', '✗')} ${name} (${seconds})`)
  return wrong !== undefined
}

function close({ code, passed, failed, leftOut }: TestCount): number {
  if (leftOut > 0) {
    const reason = process.env.EVERTHREAD_NO_CHROMIUM || 'EVERTHREAD_CHROMIUM names none'
    console.log(`${styleText('yellow', '!')} ${leftOut} tests in a browser were left out: ${reason}. ${advice}`)
  }
  console.log(`\n${passed} passed, ${failed} failed${leftOut > 0 ? `, ${leftOut} skipped` : ''}`)
  return code
}
