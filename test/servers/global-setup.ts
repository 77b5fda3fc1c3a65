import type { TestProject } from 'vitest/node'
import { namedServers } from './named-servers.ts'
import { startTestServers, type TestServers } from './test-servers.ts'

let servers: TestServers | undefined

/** Starts the servers that the tests about to run name, unless an earlier project of the same run has. */
export async function setup(project: TestProject): Promise<void> {
  const { testFiles } = await project.globTestFiles(askedFiles(project.vitest))
  try {
    servers = await startTestServers(namedServers(testFiles))
    Object.assign(process.env, servers.urls)
  } catch (error) {
    // What to install is all that the reader needs.
    if (error instanceof Error) error.stack = error.message
    throw error
  }
}

/** Runs when the tests of all projects are done. */
export async function teardown(): Promise<void> {
  await servers?.stop()
}

/** The file names of the command line, which vitest keeps but leaves out of its types; without them, all tests. */
function askedFiles(vitest: object): string[] | undefined {
  const asked = 'filenamePattern' in vitest ? vitest.filenamePattern : undefined
  return Array.isArray(asked) ? asked.map(String) : undefined
}
