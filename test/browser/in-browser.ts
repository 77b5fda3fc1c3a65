/**
 * Tests in a real Chromium, which `npm test` finds or installs:
 *
 * ```ts
 * import { it } from '../in-browser.ts'
 *
 * it('greets', async ({ page }) => {
 *   await page.goto(url)
 *   await page.getByRole('heading', { name: 'Hello' }).waitFor()
 * })
 * ```
 *
 * Without a Chromium they are left out, and the run says so.
 */
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { collectProblems } from './problems.ts'

type NewVisitor = (options?: BrowserContextOptions) => Promise<BrowserContext>

const executablePath = process.env.EVERTHREAD_CHROMIUM ?? ''
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage']

const inBrowser = test
  .extend('launchOptions', { scope: 'file' }, { executablePath, args: quiet })
  .extend('browser', { scope: 'file' }, async ({ launchOptions }, { onCleanup }) => {
    const browser = await chromium.launch(launchOptions)
    onCleanup(() => browser.close())
    return browser
  })
  /** What went wrong in any page of this test: it fails at its end, unless the test has said that it expects it. */
  .extend('problems', ({ task }, { onCleanup }) => {
    const problems = collectProblems()
    onCleanup(() => expect(problems.left(), `in the browser, while: ${task.name}`).toEqual([]))
    return problems
  })
  /** Somebody else, with cookies of their own. A second tab of theirs is `visitor.newPage()`. */
  .extend('newVisitor', ({ browser, problems }, { onCleanup }): NewVisitor => {
    const visitors: BrowserContext[] = []
    onCleanup(async () => {
      for (const visitor of visitors) await visitor.close()
    })
    return async (options = {}) => {
      const visitor = await browser.newContext(options)
      visitor.setDefaultTimeout(15_000)
      visitors.push(visitor)
      problems.of(visitor)
      return visitor
    }
  })
  /** A page of a first visitor. Another tab of theirs is `page.context().newPage()`. */
  .extend('page', async ({ newVisitor }) => (await newVisitor()).newPage())

export const it: ReturnType<typeof inBrowser.runIf> = inBrowser.runIf(executablePath !== '')
