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
    throw inOneLine(error)
  }
}

/** Runs when the tests of all projects are done. A run in which a Redis of ours was scanned has failed. */
export async function teardown(): Promise<void> {
  try {
    const scans = (await servers?.scans()) ?? []
    if (scans.length > 0)
      throw new Error(`${scans.join('. ')}. Nothing may: it blocks the server. Ask for keys by name`)
  } catch (error) {
    // Vitest prints what a teardown throws, and ends as if nothing had been.
    process.exitCode = 1
    throw inOneLine(error)
  } finally {
    await servers?.stop()
  }
}

/** What to do about it is all that the reader needs. */
function inOneLine(error: unknown): unknown {
  if (error instanceof Error) error.stack = error.message
  return error
}

/** The file names of the command line, which vitest keeps but leaves out of its types; without them, all tests. */
function askedFiles(vitest: object): string[] | undefined {
  const asked = 'filenamePattern' in vitest ? vitest.filenamePattern : undefined
  return Array.isArray(asked) ? asked.map(String) : undefined
}
