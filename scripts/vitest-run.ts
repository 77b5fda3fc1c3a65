import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.ts'

export interface TestCount {
  /** Vitest's exit code: not 0 when a test failed, or coverage is below its thresholds. */
  code: number
  passed: number
  failed: number
  /** Tests in a browser that were left out, for want of a Chromium. */
  leftOut: number
}

const cache = join(root, 'node_modules/.cache/everthread')

/** Runs vitest in the foreground with the given arguments. */
export async function runVitest(args: string[], given: Record<string, string> = {}): Promise<TestCount> {
  const report = join(cache, 'tests.json')
  // Tests start hundreds of processes of their own, each of which would strip and compile the same sources.
  const env = { NODE_COMPILE_CACHE: join(cache, 'compiled'), ...given }
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await runCommand('vitest', ['run', ...reporters, ...args], { show: true, env })
  const counts = { passed: 0, failed: 0, leftOut: 0 }
  if (existsSync(report)) {
    const read = JSON.parse(readFileSync(report, 'utf8')) as Report
    counts.passed = read.numPassedTests
    counts.failed = read.numFailedTests
    if (!process.env.EVERTHREAD_CHROMIUM) counts.leftOut = skippedUnder(join(root, 'test/browser/'), read)
  }
  // A file that does not load, or a server that does not start, fails the run without failing a test.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  return { code, ...counts }
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  testResults: { name: string; assertionResults: { status: string }[] }[]
}

function skippedUnder(folder: string, { testResults }: Report): number {
  const tests = testResults.filter(({ name }) => name.startsWith(folder)).flatMap((file) => file.assertionResults)
  return tests.filter(({ status }) => status === 'skipped').length
}
