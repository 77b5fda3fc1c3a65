import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * Files that leave nothing behind in their process share it, and load the sources and the frameworks once; the others kill,
 * measure or configure theirs. Two projects rather than one a folder, since each transforms and maps all sources anew.
 */
const alone = ['packages/core/test/scheduler', 'test/cluster', 'test/faults', 'test/e2e', 'test/browser']
const projects = {
  together: {
    isolate: false,
    folders: ['packages/*/test', 'test/conformance', 'test/sessions', 'test/properties', 'test/interop'],
    but: alone,
  },
  alone: { isolate: true, folders: alone, but: [] },
}

const testsIn = (folders: string[]): string[] => folders.map((folder) => `${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    execArgv: ['--disable-warning=ExperimentalWarning'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 90, branches: 90 },
    },
    projects: Object.entries(projects).map(([name, { isolate, folders, but }]) => ({
      extends: true as const,
      test: {
        name,
        isolate,
        include: testsIn(folders),
        exclude: testsIn(but),
        // LangGraph's validation package expects describe, it and expect as globals.
        globals: true,
        globalSetup: ['test/servers/global-setup.ts'],
      },
    })),
  },
})
