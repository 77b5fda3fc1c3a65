/**
 * Loads, waits for a thread's id on stdin, then runs turns on it for ever. Prints a line for every checkpoint and
 * every pending write that the saver has acknowledged.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { sqliteStore } from '@everthread/core/sqlite'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { agentWithClerkOn, digest, question } from './saver-agent.ts'

const [path = ''] = process.argv.slice(2)

class ReportingSaver extends EverthreadSaver {
  override async put(...args: Parameters<EverthreadSaver['put']>): ReturnType<EverthreadSaver['put']> {
    const [, { channel_values, channel_versions }] = args
    // A channel that nothing has written to has a default and no version, and is not stored.
    const written = Object.entries(channel_values).filter(([channel]) => channel in channel_versions)
    const values = digest(Object.fromEntries(written))
    const config = await super.put(...args)
    const { thread_id, checkpoint_id } = config.configurable ?? {}
    report({ thread: thread_id, checkpoint: checkpoint_id, values })
    return config
  }

  override async putWrites(...args: Parameters<EverthreadSaver['putWrites']>): Promise<void> {
    const [config, writes, task] = args
    await super.putWrites(...args)
    const { thread_id, checkpoint_id } = config.configurable ?? {}
    const values = digest(writes.map(([channel, value]) => [channel, value]))
    report({ thread: thread_id, checkpoint: checkpoint_id, task, values })
  }
}

const report = (line: object): void => {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

const agent = agentWithClerkOn(new ReportingSaver({ store: sqliteStore(path), share: true }))
writeSync(1, '"ready"\n')
for await (const thread_id of createInterface(process.stdin)) {
  for (let n = 0; ; n++) await agent.invoke(question(n), { configurable: { thread_id } })
}
