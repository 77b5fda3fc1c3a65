import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.ts'

export interface TestCount {
  /** Vitest's exit code: not 0 when a test failed, or coverage is below its thresholds. */
  code: number
  passed: number
  failed: number
}

/** Runs vitest in the foreground with the given arguments. */
export async function runVitest(args: string[], env: Record<string, string> = {}): Promise<TestCount> {
  const report = join(root, 'node_modules/.cache/everthread/tests.json')
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await runCommand('vitest', ['run', ...reporters, ...args], { show: true, env })
  const counts = { passed: 0, failed: 0 }
  if (existsSync(report)) {
    const read = JSON.parse(readFileSync(report, 'utf8')) as ReportCounts
    counts.passed = read.numPassedTests
    counts.failed = read.numFailedTests
  }
  // A file that does not load, or a server that does not start, fails the run without failing a test.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  return { code, ...counts }
}

interface ReportCounts {
  numPassedTests: number
  numFailedTests: number
}
