import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ChatServer } from '../../../examples/vercel-chat/serve.ts'
import { makeFolder } from '../../servers/server-process.ts'
import { Gate } from '../gate.ts'

export type Form = Parameters<typeof import('../../../examples/vercel-chat/serve.ts')['serve']>[0]

export interface Desk {
  /** Holds the words of all answers. */
  gate: Gate
  start(form: Form, port?: number): Promise<ChatServer>
  /** Ends all servers. */
  close(): Promise<void>
}

/** The example with its store and model, of which a process has one. */
export async function openDesk(given: { file?: string; redis?: string } = {}): Promise<Desk> {
  const { file = join(makeFolder('vercel-chat'), 'chat.db'), redis = '' } = given
  Object.assign(process.env, { CHAT_FILE: file, REDIS_URL: redis, CHAT_LEASE: '1000', EVERTHREAD_MODEL: '' })
  const { serve } = await import('../../../examples/vercel-chat/serve.ts')
  const { closeChats } = await import('../../../examples/vercel-chat/lib/chat.ts')
  const { speech } = await import('../../../examples/vercel-chat/lib/scripted-model.ts')
  const gate = new Gate()
  speech.pace = gate.pass
  const servers: ChatServer[] = []
  return {
    gate,
    async start(form, port) {
      const server = await serve(form, port)
      servers.push(server)
      return server
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()))
      await closeChats()
    },
  }
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Your message', exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

export const answered = (page: Page): Promise<void> => page.getByText('Answered.').waitFor()

/** Waits until this, and nothing else, stands on the page: what was said, in its order. */
export async function sees(page: Page, texts: (string | RegExp)[]): Promise<void> {
  const expected = texts.map((text) => expect.stringMatching(text))
  const said = () => page.locator('.log li > .text').allTextContents()
  await expect.poll(said, { timeout: 15_000 }).toEqual(expected)
}
