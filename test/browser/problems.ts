import type { BrowserContext } from 'playwright-core'

export interface Problems {
  /** Collects from all pages of a visitor, those that open later too. */
  of(context: BrowserContext): void
  /** The test makes this happen on purpose, at least once. */
  expect(pattern: RegExp): void
  /** What was not expected, and what was but did not come. */
  left(): string[]
}

/** Errors that a page logs (failed requests and refused content among them) or throws, and pages that crash. */
export function collectProblems(): Problems {
  const found: string[] = []
  const expected: RegExp[] = []
  return {
    of(context) {
      context.on('console', (message) => {
        if (message.type() === 'error') found.push(`${message.text()} (${message.location().url})`)
      })
      context.on('weberror', (error) => void found.push(`${error.error().stack ?? error.error().message}`))
      context.on('page', (page) => page.on('crash', () => void found.push(`A page crashed: ${page.url()}`)))
    },
    expect: (pattern) => void expected.push(pattern),
    left() {
      const surprises = found.filter((problem) => !expected.some((pattern) => pattern.test(problem)))
      const missed = expected.filter((pattern) => !found.some((problem) => pattern.test(problem)))
      return [...surprises, ...missed.map((pattern) => `Nothing came of what was expected: ${pattern}`)]
    },
  }
}
