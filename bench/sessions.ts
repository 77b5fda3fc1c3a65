import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startServers } from './src/servers.ts'
import { generatedConversations, recordedConversations } from './src/sessions/conversation.ts'
import { measureSessions, type SessionsJob, type SessionsResult } from './src/sessions/measure.ts'
import { heapLines, loadsTable, sessionsTable } from './src/sessions/report.ts'
import { subjects } from './src/subjects.ts'
import { generatedTurns, transcriptTurns } from './src/turns.ts'

const distinct = 1000

export const usage = `sessions [--count 100000] [--savers redis,postgres,sqlite] [--grown 200] [--json file]
  live sessions of 20 messages each: how fast they are made and loaded, and what they take
  --count   how many sessions
  --grown   how many more that grow turn by turn, for their size
  --json    also write the figures to this file
  EVERTHREAD_TRANSCRIPTS=file  a second run on recorded conversations`

export async function sessions(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '100000' },
      grown: { type: 'string', default: '200' },
      savers: { type: 'string', default: 'redis,postgres,sqlite' },
      json: { type: 'string' },
    },
  })
  const count = wholeNumber('--count', values.count, 100)
  const grown = wholeNumber('--grown', values.grown, 1)
  const names = values.savers.split(',')
  const unknown = names.find((name) => !(name in subjects))
  if (unknown !== undefined)
    throw new Error(`There is no saver ${unknown}: choose from ${Object.keys(subjects).join(', ')}.`)
  const jobs: SessionsJob[] = [
    { count, grown, text: 'generated', conversations: generatedConversations(distinct), turns: generatedTurns(7) },
  ]
  const recorded = process.env.EVERTHREAD_TRANSCRIPTS
  if (recorded) {
    const turns = transcriptTurns(recorded, 7)
    jobs.push({ count, grown, text: 'recorded', conversations: recordedConversations(recorded), turns })
  }

  const results: SessionsResult[] = []
  console.log(`sessions: ${count.toLocaleString('en-US')} of 20 messages; Node ${process.version}`)
  for (const name of names) for (const job of jobs) results.push(...(await measureOn(name, job)))
  console.log(`\n${sessionsTable(results)}\n\n${loadsTable(results)}\n\n${heapLines(results).join('\n')}\n`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
}

/** On a server of its own, so that what one left behind is no other's. */
async function measureOn(name: string, job: SessionsJob): Promise<SessionsResult[]> {
  const servers = await startServers([name])
  try {
    const reason = servers.unavailable[name]
    const subject = await subjects[name]?.()
    if (reason === undefined && subject) {
      const result = await measureSessions(subject, job)
      console.log(`  ${result.name}, ${job.text} text: done`)
      return [result]
    }
    console.log(`  ${name}: skipped, ${reason}`)
    return []
  } finally {
    await servers.stop()
  }
}

function wholeNumber(option: string, given: string, least: number): number {
  const number = Number(given)
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`${option} takes a whole number of at least ${least}.`)
  return number
}
