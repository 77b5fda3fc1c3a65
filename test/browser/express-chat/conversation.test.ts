import { afterAll, beforeEach, describe, expect } from 'vitest'
import { it } from '../in-browser.ts'
import { answered, conversation, say, sees } from './chat-page.ts'
import { closeChats, startChat, stores, type TestChat } from './chat-server.ts'

const fares = /^The best match is under "Fares"/
const jackets = /^The best match is under "Tern"/

afterAll(async () => expect(await closeChats()).toEqual([]))

describe.each(Object.entries(stores))('a chat, kept on %s', (_, prepare) => {
  let chat: TestChat
  beforeEach(async () => {
    chat = await startChat({ store: prepare()() })
  })

  it('says an answer as it comes, and keeps it', async ({ page }) => {
    chat.gate.after(3)
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await sees(page, ['What does a bicycle cost?', /^The best match $/])
    await page.getByText('Answering …').waitFor()
    chat.gate.open()
    await answered(page)
    await sees(page, ['What does a bicycle cost?', fares])
    await page.reload()
    await sees(page, ['What does a bicycle cost?', fares])
    expect(await page.title()).toBe('What does a bicycle cost? · Chat')
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'What does a bicycle cost?',
    ])
  })

  it('goes on while its page is loaded anew, which sees the rest', async ({ page }) => {
    chat.gate.after(4)
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await sees(page, ['What does a bicycle cost?', /^The best match is $/])
    await page.reload()
    await sees(page, ['What does a bicycle cost?', /^The best match is $/])
    chat.gate.open()
    await answered(page)
    await sees(page, ['What does a bicycle cost?', fares])
  })

  it('is the same in two tabs at once, and answers both in turn', async ({ page }) => {
    chat.gate.after(2)
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await sees(page, ['What does a bicycle cost?', /^The best $/])
    const other = await page.context().newPage()
    await other.goto(page.url())
    await sees(other, ['What does a bicycle cost?', /^The best $/])
    await say(other, 'How many life jackets does the Tern have?')
    await other.locator('.waiting').waitFor()
    chat.gate.open()
    for (const tab of [page, other]) {
      await sees(tab, ['What does a bicycle cost?', fares, 'How many life jackets does the Tern have?', jackets])
      await answered(tab)
    }
  })
})

describe('a chat', () => {
  let chat: TestChat
  beforeEach(async () => {
    chat = await startChat()
  })

  it('is stopped in the middle, with what was said until then, and can go on', async ({ page }) => {
    chat.gate.after(3)
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await sees(page, ['What does a bicycle cost?', /^The best match $/])
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped', { exact: true }).waitFor()
    await answered(page)
    await sees(page, ['What does a bicycle cost?', /^The best match $/])
    chat.gate.open()
    await say(page, 'How many life jackets does the Tern have?')
    await sees(page, [/./, /^The best match $/, /Tern have/, jackets])
  })

  it('forks after an answer, and at a question, which is answered anew; both branches stay', async ({ page }) => {
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    await say(page, 'How many life jackets does the Tern have?')
    await answered(page)
    await page.getByRole('button', { name: /^Fork here: The best match is under "Fares"/ }).click()
    await sees(page, ['What does a bicycle cost?', fares])
    await say(page, 'what did I ask you before?')
    await sees(page, [
      /bicycle/,
      fares,
      /before/,
      /^You asked me one question before:\n {2}1\. What does a bicycle cost\?$/,
    ])
    await answered(page)
    const branch = page.getByRole('combobox', { name: 'Branch' })
    await branch.selectOption('main')
    await sees(page, [/bicycle/, fares, /Tern have/, jackets])
    await page.getByRole('button', { name: /^Answer again: What does a bicycle/ }).click()
    await sees(page, ['What does a bicycle cost?', fares])
    await expect.poll(() => branch.locator('option').allTextContents()).toEqual(['main', 'fork-1', 'fork-2'])
    expect(await branch.inputValue()).toBe('fork-2')
  })

  it('tells another tab of a branch that is shown instead', async ({ page }) => {
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    await say(page, 'How many life jackets does the Tern have?')
    await answered(page)
    const other = await page.context().newPage()
    await other.goto(page.url())
    await sees(other, [/./, /./, /./, jackets])
    await page.getByRole('button', { name: /^Fork here: The best match is under "Fares"/ }).click()
    await sees(other, ['What does a bicycle cost?', fares])
  })

  it('keeps what is unfolded, and the focus, while it goes on in another tab', async ({ page }) => {
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    await page.getByText('read file fares.md').click()
    const other = await page.context().newPage()
    await other.goto(page.url())
    await say(other, 'How many life jackets does the Tern have?')
    await sees(page, [/bicycle/, fares, /Tern have/, jackets])
    await answered(page)
    expect(await page.getByText('cargo bike or trailer').isVisible()).toBe(true)
    expect(await page.locator('summary:focus').textContent()).toBe('read file fares.md')
  })

  it('lets go of its streams while nobody looks, and shows what came when somebody does', async ({ page }) => {
    const look = (isHidden: boolean) =>
      page.evaluate(`(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} })
        document.dispatchEvent(new Event('visibilitychange'))
      })()`)
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    await look(true)
    const other = await page.context().newPage()
    await other.goto(page.url())
    await say(other, 'How many life jackets does the Tern have?')
    await answered(other)
    await sees(page, ['What does a bicycle cost?', fares])
    await look(false)
    await sees(page, ['What does a bicycle cost?', fares, 'How many life jackets does the Tern have?', jackets])
  })

  it('comes back with the back button, and with the forward button', async ({ page }) => {
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    const first = page.url()
    await page.getByRole('button', { name: 'New chat' }).click()
    await page.getByText('For example:').waitFor()
    await say(page, 'How many life jackets does the Tern have?')
    await answered(page)
    await page.goBack()
    await page.getByText('For example:').waitFor()
    await page.goBack()
    await sees(page, ['What does a bicycle cost?', fares])
    expect(page.url()).toBe(first)
    await page.goForward()
    await page.goForward()
    await sees(page, ['How many life jackets does the Tern have?', jackets])
  })

  it('shows what takes how many tokens', async ({ page }) => {
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    const context = page.getByRole('region', { name: 'Context' })
    await context.getByText(/^About \d+ tokens$/).waitFor()
    const [said, results] = await context.locator('dd').allTextContents()
    const total = (await context.locator('p').textContent())?.match(/\d+/)?.[0]
    expect(await context.locator('dt').allTextContents()).toEqual(['Conversation', 'Results of tools'])
    expect(Number(said) + Number(results)).toBe(Number(total))
    await page.getByText('read file fares.md').click()
    await page.getByText('cargo bike or trailer').waitFor()
  })

  it('takes what people and models write for text, wherever it shows', async ({ page }) => {
    const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
    await page.goto(chat.url)
    await say(page, evil)
    await answered(page)
    await say(page, 'what did I ask you before?')
    await answered(page)
    const [asked, , , recalled] = await conversation(page)
    expect(asked).toBe(evil)
    expect(recalled).toContain(evil)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(evil)
    expect(await page.getByRole('navigation').getByRole('link').textContent()).toBe(evil)
    expect(await page.title()).toBe(`${evil} · Chat`)
    expect(await page.locator('main img, main script, nav img').count()).toBe(0)
  })

  it('ends, and is read from then on; is deleted, and is gone', async ({ page, problems }) => {
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await answered(page)
    await page.getByRole('button', { name: 'End chat' }).click()
    await page.getByPlaceholder('This chat has ended').waitFor()
    expect(await page.getByRole('button', { name: 'Ask', exact: true }).isDisabled()).toBe(true)
    await page.reload()
    await sees(page, ['What does a bicycle cost?', fares])
    const gone = page.url()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click()
    await page.getByText('The chat is deleted.').waitFor()
    expect(await page.getByRole('navigation').getByRole('link').count()).toBe(0)
    problems.expect(/404 .*\/chats\//)
    await page.goto(gone)
    await page.getByText('This chat is not here, or not yours.').waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
  })

  it('says what a model that fails said, and takes the next question', async ({ page }) => {
    chat.gate.after(2)
    await page.goto(chat.url)
    await say(page, 'What does a bicycle cost?')
    await sees(page, ['What does a bicycle cost?', /^The best $/])
    chat.gate.fail(new Error('no such luck'))
    await answered(page)
    await sees(page, ['What does a bicycle cost?', /^The best \n\nThe model failed: Error: no such luck$/])
    chat.gate.open()
    await say(page, 'How many life jackets does the Tern have?')
    await sees(page, [/./, /failed/, /Tern have/, jackets])
  })
})
