import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { makeFolder } from '../../servers/server-process.ts'
import { it } from '../in-browser.ts'
import { say, sees } from './desk.ts'
import type { ServerOrder } from './server-child.ts'

const asked = 'When does the ferry to Skerry leave?'
const children = new Set<ChildProcess>()

/** A server that has loaded everything and listens when it is told to. */
async function prepare(order: ServerOrder): Promise<{ listen(port?: number): Promise<string>; kill(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, 'server-child.ts'), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  children.add(child)
  const answer = async (message?: object | string): Promise<string> => {
    const said = once(child, 'message')
    if (message !== undefined) child.send(message)
    return String((await said)[0])
  }
  await answer()
  await answer(order)
  return { listen: (port = 0) => answer(String(port)), kill: () => kill(child) }
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

afterAll(() => Promise.all([...children].map(kill)))

describe('an answer whose server is killed in the middle', () => {
  it('is kept as far as its steps came, on the page as it stands, and the next turn runs', async ({
    page,
    problems,
  }) => {
    problems.expect(/net::ERR_/)
    const file = join(makeFolder('vercel-chat'), 'chat.db')
    const [first, second] = await Promise.all([prepare({ file, words: 12 }), prepare({ file })])
    const url = await first.listen()
    await page.goto(url)
    await say(page, asked)
    await sees(page, [asked, /^Today the $/])
    await first.kill()
    await second.listen(Number(new URL(url).port))
    await page.getByRole('alert').getByText('The answer was interrupted.').waitFor()
    await page.getByText('Stopped here').waitFor()
    await page.getByRole('group', { name: 'Timetable: done' }).waitFor()
    await sees(page, [asked])
    await say(page, 'Hello')
    await sees(page, [asked, 'Hello', /You said “Hello”/])
    await page.reload()
    await sees(page, [asked, 'Hello', /You said “Hello”/])
  })
})
