import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Folders under `test/`, and whether their tests find running servers in the environment (see test/servers). */
const suites = {
  conformance: { servers: true },
  sessions: { servers: true },
  properties: { servers: true },
  interop: { servers: true },
  cluster: { servers: true },
  faults: { servers: true },
  e2e: { servers: false },
  browser: { servers: true },
}

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    execArgv: ['--disable-warning=ExperimentalWarning'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 90, branches: 90 },
    },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'], testTimeout: 30_000 },
      },
      ...Object.entries(suites).map(([name, { servers }]) => ({
        extends: true as const,
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          // LangGraph's validation package expects describe, it and expect as globals.
          globals: name === 'interop',
          testTimeout: 120_000,
          hookTimeout: 60_000,
          globalSetup: servers ? ['test/servers/global-setup.ts'] : [],
        },
      })),
    ],
  },
})
