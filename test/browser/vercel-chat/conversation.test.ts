import { afterAll, beforeEach, describe, expect } from 'vitest'
import { it } from '../in-browser.ts'
import { answered, type Desk, type Form, openDesk, say, sees } from './desk.ts'

const forms: [string, Form][] = [
  ['Express', 'express'],
  ['route handlers of Next.js', 'next'],
]

const asked = 'When does the ferry to Skerry leave?'
/** Ten words of thought, then these. */
const whole = /^Today the ferry to Skerry leaves at 07:10, 11:40, 17:25\. Boarding closes five minutes before\.$/
const begun = /^Today the $/

const desk: Desk = await openDesk()
const urls = new Map<string, string>()
for (const [, form] of forms) urls.set(form, (await desk.start(form)).url)
afterAll(() => desk.close())
beforeEach(() => desk.gate.open())

describe.each(forms)('a chat on %s', (_, form) => {
  const url = urls.get(form) as string

  it('says an answer as it comes, keeps it, and lists the chat', async ({ page }) => {
    desk.gate.after(12)
    await page.goto(url)
    await say(page, asked)
    await sees(page, [asked, begun])
    await page.getByRole('status').getByText('Answering …').waitFor()
    desk.gate.open()
    await answered(page)
    await sees(page, [asked, whole])
    await page.reload()
    await sees(page, [asked, whole])
    const chats = page.getByRole('navigation', { name: 'Chats' }).getByRole('link')
    await expect.poll(() => chats.allTextContents()).toEqual([asked])
    await page.getByRole('button', { name: 'New chat' }).click()
    await page.getByText('For example:').waitFor()
    await chats.click()
    await sees(page, [asked, whole])
    await page.goBack()
    await page.getByText('For example:').waitFor()
  })

  it('is stopped in the middle, with what was said until then, and can go on', async ({ page }) => {
    desk.gate.after(12)
    await page.goto(url)
    await say(page, asked)
    await sees(page, [asked, begun])
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped here').waitFor()
    await answered(page)
    desk.gate.open()
    await say(page, asked)
    await sees(page, [asked, begun, asked, whole])
    await page.reload()
    await page.getByText('Stopped here').waitFor()
    await sees(page, [asked, begun, asked, whole])
  })

  it('goes on while its page is loaded anew, which gets the text once and whole', async ({ page }) => {
    desk.gate.after(12)
    await page.goto(url)
    await say(page, asked)
    await sees(page, [asked, begun])
    await page.reload()
    await sees(page, [asked, begun])
    await page.getByText('Answering …').waitFor()
    desk.gate.open()
    await answered(page)
    await sees(page, [asked, whole])
    expect(await page.locator('.call').count()).toBe(1)
  })
})
