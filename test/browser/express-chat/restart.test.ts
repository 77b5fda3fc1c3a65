import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { makeFolder } from '../../servers/server-process.ts'
import { it } from '../in-browser.ts'
import { answered, say, sees } from './chat-page.ts'
import { closeChats, startChat, stores } from './chat-server.ts'
import type { ServerOrder } from './server-child.ts'

const question = 'What does a bicycle cost?'
const fares = /^The best match is under "Fares"/
const children = new Set<ChildProcess>()

interface ServerProcess {
  serve(order: ServerOrder): Promise<string>
  kill(): Promise<void>
}

/** Loads a server, which begins when it is told how. */
function loadServer(): ServerProcess {
  const execArgv = ['--disable-warning=ExperimentalWarning']
  const child = fork(join(import.meta.dirname, 'server-child.ts'), { execArgv })
  children.add(child)
  return {
    async serve(order) {
      child.send(order)
      const [url] = (await once(child, 'message')) as [string]
      return url
    },
    kill: () => kill(child),
  }
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

afterAll(async () => {
  await Promise.all([...children].map(kill))
  expect(await closeChats()).toEqual([])
})

describe('an answer whose server is gone in the middle', () => {
  it('is given by the next one, on the page as it stands, after a kill', async ({ page, problems }) => {
    problems.expect(/net::ERR_/)
    const file = join(makeFolder('express-chat'), 'chat.db')
    const [first, next] = [loadServer(), loadServer()]
    const url = await first.serve({ file, words: 4 })
    await page.goto(url)
    await say(page, question)
    await sees(page, [question, /^The best match is $/])
    await first.kill()
    await page.getByText('The server does not answer.').waitFor()
    await next.serve({ file, port: Number(new URL(url).port) })
    await sees(page, [question, fares])
    await answered(page)
    await page.getByText('The server does not answer.').waitFor({ state: 'hidden' })
    await say(page, 'How many life jackets does the Tern have?')
    await sees(page, [question, fares, /Tern have/, /^The best match is under "Tern"/])
  })

  it.for(Object.entries(stores))(
    'is given by the next one after a clean end, on %s',
    async ([, prepare], { page, problems }) => {
      problems.expect(/net::ERR_/)
      const open = prepare()
      const first = await startChat({ store: open() })
      first.gate.after(4)
      await page.goto(first.url)
      await say(page, question)
      await sees(page, [question, /^The best match is $/])
      await first.close()
      await startChat({ store: open(), port: Number(new URL(first.url).port) })
      await sees(page, [question, fares])
      await answered(page)
      await page.reload()
      await sees(page, [question, fares])
    },
  )
})
