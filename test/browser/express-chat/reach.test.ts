import type { Page } from 'playwright-core'
import { afterAll, beforeEach, describe, expect } from 'vitest'
import { it } from '../in-browser.ts'
import { accessibilityProblems, phone, sidewaysScroll } from '../page-checks.ts'
import { answered, say, sees } from './chat-page.ts'
import { closeChats, startChat, type TestChat } from './chat-server.ts'

const fares = /^The best match is under "Fares"/

/** What has the focus, and whether a person sees that. */
const focus = (page: Page): Promise<{ name: string; isSeen: boolean }> =>
  page.evaluate(`(() => {
    const at = document.activeElement
    const ring = at.id === 'question' ? at.form : at
    const { top, bottom } = at.getBoundingClientRect()
    const isSeen = getComputedStyle(ring).outlineStyle === 'solid' && bottom > 0 && top < innerHeight
    return { name: at.ariaLabel ?? (at.id || at.textContent.trim()), isSeen }
  })()`)

/** Goes by the Tab key until something of this name has the focus; every stop on the way is seen. */
async function tabTo(page: Page, name: RegExp, key = 'Tab'): Promise<void> {
  for (let stops = 0; stops < 40; stops++) {
    await page.keyboard.press(key)
    const at = await focus(page)
    expect(at).toEqual({ name: at.name, isSeen: true })
    if (name.test(at.name)) return
  }
  throw new Error(`The Tab key never comes to ${name}`)
}

describe('the page', () => {
  let chat: TestChat
  beforeEach(async () => {
    chat = await startChat()
  })
  afterAll(async () => expect(await closeChats()).toEqual([]))

  it('is used by the keyboard alone: ask, fork, log in, delete', async ({ page }) => {
    await page.goto(chat.url)
    await page.getByText('For example:').waitFor()
    await page.locator('#question:focus').waitFor()
    await page.keyboard.type('What does a bicycle cost?')
    await page.keyboard.press('Enter')
    await answered(page)
    await tabTo(page, /^Fork here: The best/, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('#question:focus').waitFor()
    await sees(page, ['What does a bicycle cost?', fares])
    await tabTo(page, /^branch$/, 'Shift+Tab')
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => page.getByRole('combobox').inputValue()).toBe('main')
    await tabTo(page, /^Log in$/, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.type('ada')
    await page.keyboard.press('Tab')
    await page.keyboard.type('ada')
    await page.keyboard.press('Enter')
    await page.getByText('You are logged in as ada.').waitFor()
    await page.locator('#question:focus').waitFor()
    await tabTo(page, /^What does a bicycle cost\?$/, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await sees(page, ['What does a bicycle cost?', fares])
    await tabTo(page, /^delete-chat$/, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    expect((await focus(page)).name).toBe('delete-chat')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('The chat is deleted.').waitFor()
    await page.locator('#question:focus').waitFor()
  })

  it('keeps nobody out, light and dark: axe finds nothing in any state of it', async ({ page, problems }) => {
    problems.expect(/401/)
    await page.goto(chat.url)
    await page.getByText('For example:').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    chat.gate.after(3)
    await say(page, 'What does a bicycle cost?')
    await page.locator('.live').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    chat.gate.open()
    await answered(page)
    await page.getByRole('button', { name: /^Fork here/ }).click()
    await page.getByRole('combobox').waitFor()
    await page.getByText('read file fares.md').click()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await accessibilityProblems(page)).toEqual([])
    }
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByLabel('Name').fill('ada')
    await page.getByLabel('Password').fill('no')
    await page.keyboard.press('Enter')
    await page.getByText('The name or the password is wrong').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('fits a small phone, with its list of chats behind a button', async ({ newVisitor }) => {
    const page = await (await newVisitor({ ...phone, reducedMotion: 'reduce' })).newPage()
    await page.goto(chat.url)
    const long = `What does a bicycle cost? ${'donaudampfschifffahrtsgesellschaft'.repeat(4)}`
    chat.gate.after(3)
    await say(page, long)
    await page.locator('.live').waitFor()
    const blinks = "getComputedStyle(document.querySelector('.live .text'), '::after').animationName"
    expect(await page.evaluate(blinks)).toBe('none')
    chat.gate.open()
    await answered(page)
    await page.getByRole('button', { name: /^Fork here/ }).click()
    await page.getByRole('combobox').waitFor()
    expect(await sidewaysScroll(page)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('button', { name: 'Chats' }).click()
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /^What does a bicycle/ })
      .waitFor()
    expect(await sidewaysScroll(page)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('textbox', { name: 'Your question' }).waitFor()
  })

  it('tells those who listen when an answer is on its way, and when it is there', async ({ page }) => {
    chat.gate.after(3)
    await page.goto(chat.url)
    const log = page.getByRole('log', { name: 'Conversation' })
    await say(page, 'What does a bicycle cost?')
    await page.getByRole('status').getByText('Answering …').waitFor()
    expect(await log.getAttribute('aria-busy')).toBe('true')
    chat.gate.open()
    await page.getByRole('status').getByText('Answered.').waitFor()
    expect(await log.getAttribute('aria-busy')).toBe('false')
  })
})
