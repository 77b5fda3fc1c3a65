import { startTestServers, type TestServers } from './test-servers.ts'

// Each vitest project loads this file on its own; the servers are shared by all of one run.
const shared = globalThis as { everthreadTestServers?: Promise<TestServers>; everthreadTestServerUsers?: number }

/** Starts the servers for the first project that needs them and stops them after the last one. */
export async function setup(): Promise<void> {
  shared.everthreadTestServers ??= startTestServers()
  try {
    Object.assign(process.env, (await shared.everthreadTestServers).urls)
  } catch (error) {
    delete shared.everthreadTestServers
    // What to install is all that the reader needs.
    if (error instanceof Error) error.stack = error.message
    throw error
  }
  shared.everthreadTestServerUsers = (shared.everthreadTestServerUsers ?? 0) + 1
}

export async function teardown(): Promise<void> {
  if (!shared.everthreadTestServers) return
  shared.everthreadTestServerUsers = (shared.everthreadTestServerUsers ?? 1) - 1
  if (shared.everthreadTestServerUsers > 0) return
  const servers = await shared.everthreadTestServers
  delete shared.everthreadTestServers
  await servers.stop()
}
