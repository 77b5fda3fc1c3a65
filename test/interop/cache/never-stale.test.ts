import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgres } from '../subjects/postgres.ts'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'
import { echoGraph } from './echo-graph.ts'
import type { Act } from './graph-child.ts'

const script = fileURLToPath(new URL('./graph-child.ts', import.meta.url))

describe.each([
  ['sqlite', sqlite],
  ['redis', redis],
  ['postgres', postgres],
])('what one process has cached, on %s', (file, subject) => {
  const bench = new Bench(subject)
  let other: ChildProcess

  beforeAll(async () => {
    other = fork(script, [file, bench.address ?? '', bench.tenant], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    await once(other, 'message')
  })

  afterAll(async () => {
    other.disconnect()
    await once(other, 'exit')
  })

  /** Does something to a thread in another process, and waits until it is done. */
  async function elsewhere(act: Act): Promise<void> {
    const done = once(other, 'message')
    other.send(act)
    await done
  }

  it.each([false, true])('is never stale when another process writes, with share: %s', async (share) => {
    const saver = bench.saver({ share })
    const graph = echoGraph(saver)
    const thread = crypto.randomUUID()
    const config = { configurable: { thread_id: thread } }
    const texts = async (): Promise<unknown[]> => {
      const { values } = await graph.getState(config)
      return ((values.messages as { content: unknown }[] | undefined) ?? []).map(({ content }) => content)
    }

    await graph.invoke({ messages: ['one'] }, config)
    const first = (await graph.getState(config)).config.configurable?.checkpoint_id as string
    expect(await texts()).toEqual(['one', 'one (1)'])

    await elsewhere({ thread, say: 'two' })
    expect(await texts()).toEqual(['one', 'one (1)', 'two', 'two (3)'])

    await graph.invoke({ messages: ['three'] }, config)
    expect(await texts()).toEqual(['one', 'one (1)', 'two', 'two (3)', 'three', 'three (5)'])

    await elsewhere({ thread, say: 'other', from: first })
    expect(await texts()).toEqual(['one', 'one (1)', 'other', 'other (3)'])

    await elsewhere({ thread })
    expect(await texts()).toEqual([])

    await elsewhere({ thread, say: 'anew' })
    expect(await texts()).toEqual(['anew', 'anew (1)'])
    await graph.invoke({ messages: ['again'] }, config)
    expect(await texts()).toEqual(['anew', 'anew (1)', 'again', 'again (3)'])
  })
})
