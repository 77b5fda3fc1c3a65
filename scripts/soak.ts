/** `npm run test:soak`: the tests that take chances (kills, faults, generated sequences), at their full length. */
import { runVitest } from './vitest-run.ts'

const projects = ['properties', 'faults', 'cluster', 'e2e'].map((name) => `--project=${name}`)
const longer = ['--testTimeout=3600000', '--hookTimeout=600000']
const { code, passed, failed } = await runVitest([...projects, ...longer, ...process.argv.slice(2)], {
  EVERTHREAD_SOAK: '1',
})
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = code
