import axe from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'

/** A small phone, for `newVisitor`. */
export const phone: BrowserContextOptions = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }

/** What axe finds wrong with a page as it stands: WCAG 2.2 AA and its best practices, a line for each place. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()')
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`))
}

/** By how many pixels a page is wider than its window, which then scrolls sideways. */
export function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}
