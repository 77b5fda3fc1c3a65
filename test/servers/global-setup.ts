import { startTestServers, type TestServers } from './test-servers.ts'

// Each vitest project loads this file on its own; the servers are shared by all of one run.
const shared = globalThis as { everthreadTestServers?: Promise<TestServers>; everthreadTestServerUsers?: number }

/** Starts the servers for the first project that needs them and stops them after the last one. */
export async function setup(): Promise<void> {
  shared.everthreadTestServers ??= startTestServers()
  shared.everthreadTestServerUsers = (shared.everthreadTestServerUsers ?? 0) + 1
  Object.assign(process.env, (await shared.everthreadTestServers).urls)
}

export async function teardown(): Promise<void> {
  shared.everthreadTestServerUsers = (shared.everthreadTestServerUsers ?? 1) - 1
  if (shared.everthreadTestServerUsers > 0) return
  const servers = shared.everthreadTestServers
  delete shared.everthreadTestServers
  await (await servers)?.stop()
}
