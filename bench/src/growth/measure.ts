import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReferenceSaver } from '../savers/reference-saver.ts'
import { type OpenedSaver, type Subject, subjects } from '../subjects.ts'
import { openThread } from '../thread.ts'
import { generatedTurns, type Turn, transcriptTurns } from '../turns.ts'
import { type Verified, verifyThread } from './verify.ts'

/** What the bench asks of one child process. */
export interface GrowthJob {
  subject: string
  turns: number
  /** Turns near which the time of a turn is taken. */
  points: number[]
  transcripts: string | undefined
  /** Whether to read everything back at the end and compare it. */
  verify: boolean
}

export interface GrowthPoint {
  turn: number
  /** Mean wall time of a turn over the window that ends at `turn`, ms. */
  ms: number
  /** Mean CPU time of a turn over the same window, user and system, ms. */
  cpuMs: number
  /** Of several runs, `ms` of each in their order; the two above are those in the middle then. */
  msOfRuns?: number[]
}

export interface GrowthResult {
  name: string
  kind: Subject['kind']
  turns: number
  points: GrowthPoint[]
  /** CPU of all turns, seconds. */
  cpuSeconds: number
  /** `JSON.stringify` of the final messages. */
  jsonBytes: number
  storedBytes?: number
  /** Of these, what live rows take. */
  liveBytes?: number
  /** As stored at half the turns: two points show a square. */
  halfStoredBytes?: number
  verified?: Verified
}

const seed = 20_261_120
const threadId = 'growth'
const warmUpTurns = 40

export function turnsOf(job: Pick<GrowthJob, 'turns' | 'transcripts'>): Turn[] {
  const source = job.transcripts ? transcriptTurns(job.transcripts, seed) : generatedTurns(seed)
  return source.take(job.turns)
}

export async function measureGrowth(job: GrowthJob): Promise<GrowthResult> {
  const load = subjects[job.subject]
  if (!load) throw new Error(`There is no saver called ${job.subject}.`)
  const subject = await load()
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  try {
    await warmUp(subject, job, join(folder, 'warm-up-'))
    return await run(subject, job, mkdtempSync(join(folder, 'run-')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Lets the engine compile the code that all savers share, and the saver's own, before the first turn that counts. */
async function warmUp(subject: Subject, job: GrowthJob, prefix: string): Promise<void> {
  const opened = await subject.open(mkdtempSync(prefix), label('warm'))
  const turns = turnsOf({ ...job, turns: warmUpTurns })
  const thread = openThread(opened.saver, turns, threadId)
  for (let index = 0; index < warmUpTurns; index++) await thread.run(index)
  await opened.close()
}

async function run(subject: Subject, job: GrowthJob, folder: string): Promise<GrowthResult> {
  const turns = turnsOf(job)
  const opened = await subject.open(folder, label('run'))
  const thread = openThread(opened.saver, turns, threadId)
  const times: { ms: number; cpuMs: number }[] = []
  let halfStoredBytes: number | undefined
  for (let index = 0; index < job.turns; index++) {
    const cpu = process.cpuUsage()
    const start = performance.now()
    await thread.run(index)
    times.push({ ms: performance.now() - start, cpuMs: cpuMs(process.cpuUsage(cpu)) })
    if (index + 1 === Math.floor(job.turns / 2)) halfStoredBytes = await opened.storedBytes?.()
  }
  const jsonBytes = Buffer.byteLength(await thread.messagesJson())
  const storedBytes = await opened.storedBytes?.()
  const liveBytes = await opened.liveBytes?.()
  const verified = subject.kind === 'ours' && job.verify ? await verify(opened, turns) : undefined
  if (!verified) await opened.close()
  return {
    name: subject.name,
    kind: subject.kind,
    turns: job.turns,
    points: job.points.filter((turn) => turn <= job.turns).map((turn) => ({ turn, ...meanBefore(times, turn) })),
    cpuSeconds: times.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1000,
    jsonBytes,
    ...(storedBytes !== undefined && { storedBytes }),
    ...(liveBytes !== undefined && { liveBytes }),
    ...(halfStoredBytes !== undefined && { halfStoredBytes }),
    ...(verified && { verified }),
  }
}

async function verify(opened: OpenedSaver, turns: Turn[]): Promise<Verified> {
  const kept = new ReferenceSaver()
  const thread = openThread(kept, turns, threadId)
  for (let index = 0; index < turns.length; index++) await thread.run(index)
  await opened.close()
  const reopened = await opened.reopen?.()
  if (!reopened) throw new Error('A saver of ours must be able to open again what it stored.')
  try {
    return await verifyThread(reopened.saver, kept, threadId)
  } finally {
    await reopened.close()
  }
}

function meanBefore(times: { ms: number; cpuMs: number }[], turn: number): { ms: number; cpuMs: number } {
  const window = times.slice(Math.max(0, turn - Math.min(50, Math.max(5, turn / 5))), turn)
  const mean = (of: 'ms' | 'cpuMs'): number => window.reduce((sum, time) => sum + time[of], 0) / window.length
  return { ms: mean('ms'), cpuMs: mean('cpuMs') }
}

function cpuMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000
}

function label(use: string): string {
  return `bench_${use}_${process.pid}`
}
