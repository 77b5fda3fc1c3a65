import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** What a person does and sees. */
export const say = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('Your question').fill(text)
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
}

export const answered = (page: Page): Promise<void> => page.getByText('Answered.').waitFor()

/** What was said, step for step, as it stands on the page. */
export const conversation = (page: Page): Promise<string[]> => page.locator('#messages .text').allTextContents()

export async function sees(page: Page, texts: (string | RegExp)[]): Promise<void> {
  const expected = texts.map((text) => expect.stringMatching(text))
  await expect.poll(() => conversation(page), { timeout: 15_000 }).toEqual(expected)
}
