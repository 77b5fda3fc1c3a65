import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The `EVERTHREAD_TEST_…` variables that these files name, or what they import by a relative path. */
export function namedServers(files: readonly string[]): Set<string> {
  const seen = new Set(files)
  const names = new Set<string>()
  for (const file of seen) {
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue
    const text = readFileSync(file, 'utf8')
    for (const [name] of text.matchAll(/EVERTHREAD_TEST_[A-Z_]+/g)) names.add(name)
    for (const [, path = ''] of text.matchAll(/'(\.\.?\/[^'\n]+)'/g)) seen.add(join(dirname(file), path))
  }
  return names
}
