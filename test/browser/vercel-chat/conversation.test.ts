import { afterAll, beforeEach, describe, expect, vi } from 'vitest'
import { it } from '../in-browser.ts'
import { answered, type Desk, type Form, openDesk, say, sees } from './desk.ts'

/** Without a browser both are tested each time, by the example's own tests. */
const forms: [string, Form][] = [
  ['Express', 'express'],
  ...(process.env.EVERTHREAD_SOAK ? [['route handlers of Next.js', 'next'] satisfies [string, Form]] : []),
]

const asked = 'When does the ferry to Skerry leave?'
/** Ten words of thought, then these. */
const whole = /^Today the ferry to Skerry leaves at 07:10, 11:40, 17:25\. Boarding closes five minutes before\.$/
const begun = /^Today the $/
const greeting = /^(With pleasure|Gladly|Of course)\. You said “Hello”\./
const booking = 'Book a passage to Skerry for 2'

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

  it('edits a message, and goes to the one before and back', async ({ page }) => {
    await page.goto(url)
    await say(page, asked)
    await sees(page, [asked, whole])
    await page.getByRole('button', { name: `Edit: ${asked}` }).click()
    await page.getByLabel('Edit your message').fill('When does the ferry to Gannet leave?')
    await page.getByRole('button', { name: 'Send again' }).click()
    const edited = ['When does the ferry to Gannet leave?', /^Today the ferry to Gannet leaves at 09:45\./]
    await sees(page, edited)
    await page.getByText('2 of 2').waitFor()
    await page.getByRole('button', { name: 'Earlier version' }).click()
    await page.getByText('1 of 2').waitFor()
    await sees(page, [asked, whole])
    await say(page, 'Hello')
    await sees(page, [asked, whole, 'Hello', greeting])
    await page.getByRole('button', { name: 'Later version' }).click()
    await sees(page, edited)
    await page.reload()
    await page.getByText('2 of 2').waitFor()
    await sees(page, edited)
  })

  it('answers again, beside the answer before', async ({ page }) => {
    await page.goto(url)
    await say(page, 'Hello')
    await sees(page, ['Hello', greeting])
    const answer = page.locator('.assistant .text')
    const first = await answer.textContent()
    await page.getByRole('button', { name: /^Answer again: / }).click()
    await page.getByText('2 of 2').waitFor()
    await sees(page, ['Hello', greeting])
    const second = await answer.textContent()
    expect(second).not.toBe(first)
    await page.getByRole('button', { name: 'Earlier version' }).click()
    await expect.poll(() => answer.textContent()).toBe(first)
    await page.getByRole('button', { name: 'Later version' }).click()
    await expect.poll(() => answer.textContent()).toBe(second)
  })

  it('does what was asked for once it is approved, and not when it is denied', async ({ page }) => {
    await page.goto(url)
    await say(page, booking)
    await page.getByText('The desk waits for your word.').waitFor()
    await page.getByText('waits for your word', { exact: true }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Approve' }).click()
    await sees(page, [booking, /^Done: your booking is SK-1140-2\./])
    await page.getByRole('group', { name: 'Passage: done' }).getByText('SK-1140-2').waitFor()
    await say(page, booking)
    await page.getByRole('button', { name: 'Deny' }).click()
    const denied = [booking, /^Done/, booking, /^Then I have booked nothing\./]
    await sees(page, denied)
    await page.getByRole('group', { name: 'Passage: you said no' }).waitFor()
    await page.reload()
    await sees(page, denied)
  })

  it('is followed by a second tab, whose message waits for the answer', async ({ page }) => {
    desk.gate.after(12)
    await page.goto(url)
    await say(page, asked)
    await sees(page, [asked, begun])
    const other = await page.context().newPage()
    await other.goto(page.url())
    await sees(other, [asked, begun])
    await say(other, 'Hello')
    await other.getByText('Waits for the answer before').waitFor()
    desk.gate.open()
    for (const tab of [other, page]) await sees(tab, [asked, whole, 'Hello', greeting])
    await page.getByRole('button', { name: `Edit: ${asked}` }).click()
    await page.getByLabel('Edit your message').fill('Hello')
    await page.getByRole('button', { name: 'Send again' }).click()
    for (const tab of [page, other]) await sees(tab, ['Hello', greeting])
  })

  it('keeps the messages of two devices that send at once, in one order for both', async ({ page, newVisitor }) => {
    await page.goto(url)
    await say(page, 'Hello')
    await sees(page, ['Hello', greeting])
    const other = await (await newVisitor({ storageState: await page.context().storageState() })).newPage()
    await other.goto(page.url())
    await sees(other, ['Hello', greeting])
    desk.gate.after(12)
    await say(page, asked)
    await sees(page, ['Hello', greeting, asked, begun])
    // It has not heard of the other's.
    await say(other, booking)
    await other.getByText('Answering …').waitFor()
    desk.gate.open()
    await other.getByRole('button', { name: 'Approve' }).click()
    const said = ['Hello', greeting, asked, whole, booking, /^Done: /]
    await sees(other, said)
    await page.evaluate('dispatchEvent(new Event("focus"))')
    await sees(page, said)
  })
})

describe('a chat', () => {
  const url = urls.get('express') as string

  it('says that an answer broke off, and takes the next message', async ({ page }) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    desk.gate.after(12)
    await page.goto(url)
    await say(page, asked)
    await sees(page, [asked, begun])
    desk.gate.fail(new Error('no such luck'))
    await page.getByRole('alert').getByText('An error occurred.').waitFor()
    await page.getByText('Broken off by an error').waitFor()
    expect(JSON.stringify(logged.mock.calls, ['message', 'error'])).not.toBe('[]')
    logged.mockRestore()
    desk.gate.open()
    await say(page, 'Hello')
    await sees(page, [asked, begun, 'Hello', greeting])
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('is not there for anybody else', async ({ page, newVisitor, problems }) => {
    await page.goto(url)
    await say(page, 'Hello')
    await sees(page, ['Hello', greeting])
    const stranger = await (await newVisitor()).newPage()
    await stranger.goto(page.url())
    await stranger.getByText('For example:').waitFor()
    problems.expect(/404 .*\/api\/chat/)
    await say(stranger, 'Let me in')
    await stranger.getByRole('alert').waitFor()
    await page.reload()
    await sees(page, ['Hello', greeting])
  })

  it('takes what people and models write for text', async ({ page }) => {
    const evil = `<img src=x onerror="document.title='owned'">`
    await page.goto(url)
    await say(page, evil)
    await sees(page, [evil, /<img src=x/])
    await expect.poll(() => page.getByRole('navigation').getByRole('link').textContent()).toBe(evil)
    expect(await page.locator('main img, nav img').count()).toBe(0)
    expect(await page.title()).toBe(`${evil} · Ferry desk`)
  })
})
