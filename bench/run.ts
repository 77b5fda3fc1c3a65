import { chat, usage as chatUsage } from './chat.ts'
import { create, usage as createUsage } from './create.ts'
import { express, usage as expressUsage } from './express.ts'
import { growth, usage as growthUsage } from './growth.ts'
import { usage as pruneUsage, runPrune } from './prune.ts'
import { scheduler, usage as schedulerUsage } from './scheduler.ts'
import { sessions, usage as sessionsUsage } from './sessions.ts'
import { stores, usage as storesUsage } from './stores.ts'
import { turns, usage as turnsUsage } from './turns.ts'

const benches: Record<string, { usage: string; run(args: string[]): Promise<void> }> = {
  chat: { usage: chatUsage, run: chat },
  create: { usage: createUsage, run: create },
  express: { usage: expressUsage, run: express },
  growth: { usage: growthUsage, run: growth },
  prune: { usage: pruneUsage, run: runPrune },
  scheduler: { usage: schedulerUsage, run: scheduler },
  sessions: { usage: sessionsUsage, run: sessions },
  stores: { usage: storesUsage, run: stores },
  turns: { usage: turnsUsage, run: turns },
}

const [name = '', ...args] = process.argv.slice(2)
const bench = benches[name]
if (bench) {
  try {
    await bench.run(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
} else {
  console.error(
    `Usage: npm run bench -- <name>\n\n${Object.values(benches)
      .map(({ usage }) => usage)
      .join('\n\n')}`,
  )
  process.exitCode = 2
}
