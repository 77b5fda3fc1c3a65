/** `npm run test:soak`: the tests that take chances (kills, faults, generated sequences), at their full length. */
import { runVitest } from './vitest-run.ts'

const given = process.argv.slice(2)
const folders = ['properties', 'faults', 'cluster', 'e2e'].map((name) => `test/${name}/`)
const files = given.some((argument) => argument.startsWith('test/')) ? [] : folders
const longer = ['--testTimeout=3600000', '--hookTimeout=600000']
const { code, passed, failed } = await runVitest([...files, ...longer, ...given], { EVERTHREAD_SOAK: '1' })
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = code
