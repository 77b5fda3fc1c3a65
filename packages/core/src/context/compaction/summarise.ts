import { EverthreadError } from '../../errors.ts'
import { problemOf, type SummaryDemands } from './check-summary.ts'
import type { CompactionModel } from './compaction.ts'
import { retryPrompt, summaryPrompt } from './prompt.ts'

export interface SummaryWork extends SummaryDemands {
  model: CompactionModel
  /** The messages as text, in chunks that the model can read. */
  chunks: readonly string[]
  /** The summary that stands for what came before. */
  before?: string
  instructions?: string
  /** How long one answer is waited for, ms. */
  timeoutMs: number
  signal?: AbortSignal
}

export interface Summarised {
  /** Undefined: there is none that can be used. */
  summary?: string
  attempts: number
  problems: string[]
}

/**
 * The summary of all chunks, each taking over the one before. A summary with a fault is asked for once more; of two
 * with small faults the second is taken.
 */
export async function summarise(work: SummaryWork): Promise<Summarised> {
  const problems: string[] = []
  let attempts = 0
  let summary = work.before
  for (const [i, transcript] of work.chunks.entries()) {
    const isLast = i === work.chunks.length - 1
    const demands = { ...work, identifiers: isLast ? work.identifiers : [] }
    const prompt = summaryPrompt({
      transcript,
      identifiers: demands.identifiers,
      maxTokens: work.maxTokens,
      ...(summary !== undefined && { before: summary }),
      ...(work.instructions !== undefined && { instructions: work.instructions }),
    })
    let usable: string | undefined
    let asked = prompt
    for (let tries = 0; tries < 2; tries++) {
      attempts++
      const answer = await ask(work, asked)
      const problem = answer.problem ?? problemOf(answer.summary, demands)
      if (problem) problems.push(problem.words)
      if (!problem?.grave && answer.summary !== undefined) usable = answer.summary
      if (!problem || answer.final) break
      asked = retryPrompt(prompt, problem.words)
    }
    if (usable === undefined) return { attempts, problems }
    summary = usable.trim()
  }
  return { attempts, problems, ...(summary !== undefined && { summary }) }
}

interface Answer {
  summary?: string
  problem?: { grave: boolean; words: string }
  /** Asking again would be no better. */
  final?: boolean
}

/** What the model says, no longer than it is waited for. */
async function ask({ model, timeoutMs, signal, maxTokens }: SummaryWork, prompt: string): Promise<Answer> {
  const late = new EverthreadError('COMPACTION_TIMEOUT', `The model did not answer within ${timeoutMs} ms`)
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(late), timeoutMs)
  const stop = (): void => abort.abort(signal?.reason)
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  try {
    const aborted = new Promise<never>((_, reject) => {
      const end = (): void => reject(abort.signal.reason)
      if (abort.signal.aborted) end()
      else abort.signal.addEventListener('abort', end, { once: true })
    })
    // Through a promise, so that a model that throws at once is no different.
    const asked = Promise.resolve().then(() => {
      abort.signal.throwIfAborted()
      return model(prompt, { signal: abort.signal, maxTokens })
    })
    return { summary: await Promise.race([asked, aborted]) }
  } catch (error) {
    const words = abort.signal.reason === late ? late.message : `the model failed: ${wordsOf(error)}`
    return { problem: { grave: true, words }, final: abort.signal.aborted }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
