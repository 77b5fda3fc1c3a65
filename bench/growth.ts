import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { deflateRawSync } from 'node:zlib'
import { type GrowthJob, type GrowthResult, turnsOf } from './src/growth/measure.ts'
import { middleOf } from './src/growth/middle.ts'
import { type GrowthReport, growthPromises, growthTable } from './src/growth/report.ts'
import { startServers } from './src/servers.ts'
import { subjects } from './src/subjects.ts'
import { figures } from './src/table.ts'

const peerTurns = 100

export const usage = `growth [--turns 10,100,1000] [--savers a,b] [--runs 3] [--full] [--json file]
  --turns   where the time of a turn is taken; the last one is how far savers go
  --savers  only these: ${Object.keys(subjects).join(', ')}
  --runs    how often each saver runs, by turns with the others; peers once. The times are those in the middle
  --full    peers also go all the way (they grow with the square: minutes and gigabytes), not only to turn ${peerTurns}
  --json    also write the figures to this file
  EVERTHREAD_TRANSCRIPTS=file  a second run on text drawn from recorded conversations`

export async function growth(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      turns: { type: 'string', default: '10,100,1000' },
      savers: { type: 'string', default: Object.keys(subjects).join(',') },
      runs: { type: 'string', default: '3' },
      full: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const points = values.turns.split(',').map(Number)
  if (!points.every((turn) => Number.isSafeInteger(turn) && turn >= 10)) {
    throw new Error('--turns takes whole numbers of at least 10, with commas between.')
  }
  const runs = Number(values.runs)
  if (!Number.isSafeInteger(runs) || runs < 1) throw new Error('--runs takes a whole number of at least 1.')
  const names = values.savers.split(',')
  const unknown = names.find((name) => !(name in subjects))
  if (unknown !== undefined)
    throw new Error(`There is no saver ${unknown}: choose from ${Object.keys(subjects).join(', ')}.`)

  const recorded = process.env.EVERTHREAD_TRANSCRIPTS
  const texts = recorded ? [undefined, recorded] : [undefined]
  const servers = await startServers(names)
  const reports: GrowthReport[] = []
  try {
    for (const transcripts of texts) {
      const report = await runAll({
        names,
        points,
        runs,
        full: values.full,
        transcripts,
        unavailable: servers.unavailable,
      })
      console.log(`\n${growthTable(report)}\n\n${growthPromises(report).join('\n')}\n`)
      reports.push(report)
    }
  } finally {
    await servers.stop()
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(reports, null, 2)}\n`)
}

interface Plan {
  names: string[]
  points: number[]
  runs: number
  full: boolean
  transcripts: string | undefined
  unavailable: Record<string, string>
}

async function runAll({ names, points, runs, full, transcripts, unavailable }: Plan): Promise<GrowthReport> {
  const turns = Math.max(...points)
  const text = Buffer.from(JSON.stringify(turnsOf({ turns, transcripts })))
  const report: GrowthReport = {
    bench: 'growth',
    at: new Date().toISOString(),
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    text: transcripts ? 'recorded' : 'generated',
    turns,
    points,
    deflateRatio: deflateRawSync(text).length / text.length,
    results: [],
    skipped: {},
  }
  console.log(
    `growth: ${turns} turns of ${report.text} text, five checkpoints each; deflate of the whole text ${figures(report.deflateRatio)}`,
  )
  console.log(`Node ${report.node}, ${report.cpu}. Milliseconds a turn; ~ is extrapolated from fewer turns.`)
  const results = new Map<string, GrowthResult[]>(names.map((name) => [name, []]))
  for (let run = 0; run < runs; run++) {
    for (const [name, done] of results) {
      const isPeer = name === 'memory' || name.endsWith('-peer')
      if (run > 0 && (isPeer || report.skipped[name] !== undefined)) continue
      const limit = full || !isPeer ? turns : Math.min(turns, peerTurns)
      const job: GrowthJob = { subject: name, turns: limit, points, transcripts, verify: run === 0 }
      const outcome = unavailable[name] === undefined ? await inChild(job) : { error: unavailable[name] }
      if ('result' in outcome) done.push(outcome.result)
      else report.skipped[name] = outcome.error
      const said = 'result' in outcome ? `${outcome.result.name}: done` : `${name}: skipped, ${outcome.error}`
      console.log(`  ${said}${run > 0 ? ` again (${run + 1} of ${runs})` : ''}`)
    }
  }
  for (const [name, done] of results) {
    const result = report.skipped[name] === undefined ? middleOf(done) : undefined
    if (result) report.results.push(result)
  }
  return report
}

function inChild(job: GrowthJob): Promise<{ result: GrowthResult } | { error: string }> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./src/growth/child.ts', import.meta.url), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.once('message', resolve)
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      resolve({ error: `its process ended with ${signal ?? code} before it reported` }),
    )
    child.send(job)
  })
}
