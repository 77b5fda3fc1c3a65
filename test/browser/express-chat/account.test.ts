import type { Page } from 'playwright-core'
import { afterAll, beforeEach, describe, expect } from 'vitest'
import { it } from '../in-browser.ts'
import { answered, conversation, say, sees } from './chat-page.ts'
import { closeChats, startChat, type TestChat } from './chat-server.ts'

const fares = /^The best match is under "Fares"/

async function logIn(page: Page, name: string, password = name): Promise<void> {
  await page.getByRole('button', { name: 'Log in' }).click()
  const dialog = page.getByRole('dialog', { name: 'Log in' })
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Password').fill(password)
  await dialog.getByRole('button', { name: 'Log in' }).click()
}

describe('whoever logs in', () => {
  let chat: TestChat
  beforeEach(async () => {
    chat = await startChat()
  })
  afterAll(async () => expect(await closeChats()).toEqual([]))

  async function askAsAda(page: Page): Promise<void> {
    await page.goto(chat.url)
    await logIn(page, 'ada')
    await page.getByText('You are logged in as ada.').waitFor()
    await say(page, 'What does a bicycle cost?')
    await answered(page)
  }

  it('keeps the chats from before, and finds them on another device', async ({ page, newVisitor, problems }) => {
    problems.expect(/401 .*\/account\/login/)
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    await logIn(page, 'ada', 'wrong')
    await page.getByText('The name or the password is wrong').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await logIn(page, 'Ada', 'ada')
    await page.getByText('You are logged in as ada.').waitFor()
    await page.getByRole('link', { name: 'What does a bicycle cost?' }).click()
    await sees(page, ['What does a bicycle cost?', fares])
    await page.getByRole('button', { name: 'New chat' }).click()
    await say(page, 'How many life jackets does the Tern have?')
    await answered(page)
    const elsewhere = await (await newVisitor()).newPage()
    await elsewhere.goto(chat.url)
    await logIn(elsewhere, 'ada')
    await elsewhere.getByRole('link', { name: 'How many life jackets does the Tern have?' }).click()
    await sees(elsewhere, [/Tern have/, /^The best match is under "Tern"/])
  })

  it('is out everywhere at once: in the other tab, and on the other device', async ({ page, newVisitor, problems }) => {
    problems.expect(/404 .*\/chats\//)
    await askAsAda(page)
    const tab = await page.context().newPage()
    await tab.goto(page.url())
    await sees(tab, ['What does a bicycle cost?', fares])
    const device = await (await newVisitor()).newPage()
    await device.goto(chat.url)
    await logIn(device, 'ada')
    await device.getByText('You are logged in as ada.').waitFor()
    await device.getByRole('button', { name: 'ada' }).click()
    await device.getByRole('button', { name: 'Log out everywhere (2)' }).click()

    for (const one of [device, page, tab]) {
      await one.getByText('You are logged out.').waitFor()
      await one.getByRole('button', { name: 'Log in' }).waitFor()
      expect(await conversation(one)).toEqual([])
      expect(await one.getByRole('navigation').getByRole('link').count()).toBe(0)
    }
    // Their cookies open nothing any more.
    await page.goBack()
    await page.getByText('This chat is not here, or not yours.').waitFor()
  })

  it('is out of the other tab too by a plain log out, and nobody else is', async ({ page, newVisitor }) => {
    await page.goto(chat.url)
    await logIn(page, 'grace')
    await page.getByText('You are logged in as grace.').waitFor()
    const tab = await page.context().newPage()
    await tab.goto(chat.url)
    await tab.getByRole('banner').getByText('grace', { exact: true }).waitFor()
    const device = await (await newVisitor()).newPage()
    await device.goto(chat.url)
    await logIn(device, 'grace')
    await device.getByText('You are logged in as grace.').waitFor()
    await page.getByRole('button', { name: 'grace' }).click()
    await page.getByRole('button', { name: 'Log out', exact: true }).click()
    for (const one of [page, tab]) await one.getByRole('button', { name: 'Log in' }).waitFor()
    await device.reload()
    await device.getByRole('banner').getByText('grace', { exact: true }).waitFor()
  })

  it('does not see the chats of others', async ({ page, newVisitor, problems }) => {
    problems.expect(/404 .*\/chats\//)
    await askAsAda(page)
    const other = await (await newVisitor()).newPage()
    await other.goto(page.url())
    await other.getByText('This chat is not here, or not yours.').waitFor()
    await logIn(other, 'grace')
    await other.getByText('You are logged in as grace.').waitFor()
    expect(await other.getByRole('navigation').getByRole('link').count()).toBe(0)
  })
})
