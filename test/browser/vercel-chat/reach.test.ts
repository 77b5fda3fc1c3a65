import type { Page } from 'playwright-core'
import { afterAll, beforeEach, describe, expect, vi } from 'vitest'
import { it } from '../in-browser.ts'
import { accessibilityProblems, phone, sidewaysScroll } from '../page-checks.ts'
import { openDesk, say, sees } from './desk.ts'

const asked = 'When does the ferry to Skerry leave?'
const booking = 'Book a passage to Skerry for 2'
const leaves = /^Today the ferry to Skerry leaves/

const desk = await openDesk()
const { url } = await desk.start('express')
afterAll(() => desk.close())
beforeEach(() => desk.gate.open())

const named = (page: Page): Promise<string> =>
  page.evaluate(`(document.activeElement.ariaLabel ?? document.activeElement.id) || document.activeElement.textContent`)

/** Goes by the keyboard until something of this name has the focus. */
async function tabTo(page: Page, name: RegExp, key = 'Shift+Tab'): Promise<void> {
  const stops: string[] = []
  while (stops.length < 30) {
    await page.keyboard.press(key)
    const at = await named(page)
    if (name.test(at)) return
    stops.push(at)
  }
  throw new Error(`The keyboard never comes to ${name}, only to ${stops.join(' | ')}`)
}

describe('the page', () => {
  it('is used by the keyboard alone: ask, approve, edit, switch versions', async ({ page }) => {
    await page.goto(url)
    await page.locator('#question:focus').waitFor()
    await page.keyboard.type(booking)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    await tabTo(page, /^Approve$/)
    await page.keyboard.press('Enter')
    await sees(page, [booking, /^Done: /])
    await page.locator('#question:focus').waitFor()
    await tabTo(page, /^Edit: Book/)
    await page.keyboard.press('Enter')
    await page.locator('#edited:focus').waitFor()
    await page.keyboard.press('Escape')
    expect(await named(page)).toBe(`Edit: ${booking}`)
    await page.keyboard.press('Enter')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type(asked)
    await tabTo(page, /^Send again$/, 'Tab')
    await page.keyboard.press('Enter')
    await sees(page, [asked, leaves])
    await page.getByText('2 of 2').waitFor()
    await tabTo(page, /^Earlier version$/)
    await page.keyboard.press('Enter')
    await sees(page, [booking, /^Done: /])
    expect(await named(page)).toBe('Earlier version')
  })

  it('keeps nobody out: axe finds nothing in any state of it', async ({ page }) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    await page.goto(url)
    await page.getByText('For example:').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    desk.gate.after(12)
    await say(page, asked)
    await sees(page, [asked, /^Today the $/])
    expect(await accessibilityProblems(page)).toEqual([])
    desk.gate.open()
    await sees(page, [asked, leaves])
    await page.getByRole('button', { name: /^Answer again/ }).click()
    await page.getByText('2 of 2').waitFor()
    await say(page, booking)
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    await page.getByText('What it thought').first().click()
    await page.getByRole('button', { name: `Edit: ${asked}` }).click()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await accessibilityProblems(page)).toEqual([])
    }
    desk.gate.after(12)
    await say(page, asked)
    await page.getByText('Today the', { exact: true }).waitFor()
    desk.gate.fail(new Error('no such luck'))
    await page.getByRole('alert').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    logged.mockRestore()
  })

  it('fits a small phone, with its list of chats behind a button', async ({ newVisitor }) => {
    const page = await (await newVisitor({ ...phone, reducedMotion: 'reduce' })).newPage()
    await page.goto(url)
    const long = `${booking} ${'donaudampfschifffahrtsgesellschaft'.repeat(4)}`
    await say(page, long)
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    expect(await sidewaysScroll(page)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('button', { name: 'Chats' }).click()
    await page.getByRole('navigation').getByRole('link').waitFor()
    expect(await sidewaysScroll(page)).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('navigation').getByRole('link').click()
    await page.getByRole('button', { name: 'Approve' }).waitFor()
  })
})
