import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  checkLegality,
  estimateTokens,
  type Policies,
  type PruneOptions,
  prune,
  recommended,
} from '@everthread/core/context'
import { langchainLens } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage, trimMessages } from '@langchain/core/messages'
import { listCounter, quarterOf, threadOf } from './src/prune/conversation.ts'
import { figures, table } from './src/table.ts'
import { generatedTurns, transcriptTurns } from './src/turns.ts'

const rounds = 5
const appends = 200

/** Up to here trimMessages is measured with a counter that does work; its time grows with the square. */
const peerMessages = 1000

export const usage = `prune [--messages 10000] [--budget 20000] [--full] [--json file]
  a thread cut to a budget of tokens, against LangChain's trimMessages with the same counter
  --messages  how many messages the thread has
  --budget    tokens that may stay
  --full      trimMessages goes all the way with every counter, not only to ${peerMessages} messages
  --json      also write the figures to this file
  EVERTHREAD_TRANSCRIPTS=file  text drawn from recorded conversations instead of generated`

const counters = { 'estimateTokens, the default': estimateTokens, 'a quarter of the characters': quarterOf }

interface Result {
  name: string
  counter: string
  /** Milliseconds for messages that were never seen before: the median of some runs. */
  first: number
  /** `first` was measured on fewer messages, and follows from them by the square. */
  estimated?: boolean
  /** Again, the same messages. */
  again?: number
  /** One more message after the plan before: the mean of many. */
  oneMore?: number
  kept: number
  violations: number
}

type Count = (text: string) => number

export async function runPrune(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '10000' },
      budget: { type: 'string', default: '20000' },
      full: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const [messages, budget] = [Number(values.messages), Number(values.budget)]
  if (!Number.isSafeInteger(messages) || messages < 100) throw new Error('--messages takes a whole number from 100 on.')
  if (!(budget >= 1000)) throw new Error('--budget takes a number of tokens from 1000 on.')
  const recorded = process.env.EVERTHREAD_TRANSCRIPTS
  const source = recorded ? transcriptTurns(recorded, 7) : generatedTurns(7)
  const turns = source.take(Math.ceil(messages / 4))
  const thread = (count: number = messages) => threadOf(turns, count)
  console.log(
    `prune: ${messages} messages of ${source.name} to ${budget} tokens; Node ${process.version}, milliseconds`,
  )

  const results: Result[] = []
  for (const [counter, count] of Object.entries(counters)) {
    const short = count !== quarterOf && !values.full && messages > peerMessages
    const peer = await measureTrim(thread(short ? peerMessages : messages), budget, count)
    const slower = short ? (messages / peerMessages) ** 2 : 1
    results.push({ ...peer, counter, first: peer.first * slower, estimated: short })
    for (const [name, policy] of Object.entries({
      'the budget alone': [],
      'recommended(window)': recommended(budget),
    })) {
      results.push({ ...measurePrune(`prune, ${name}`, thread, budget, policy, count), counter })
    }
  }
  console.log(`\n${tableOf(results)}\n\n${promises(results).join('\n')}\n`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
}

type Measured = Omit<Result, 'counter'>

async function measureTrim(messages: BaseMessage[], budget: number, count: Count): Promise<Measured> {
  const options = { maxTokens: budget, tokenCounter: listCounter(count), includeSystem: true } as const
  const start = performance.now()
  const kept = await trimMessages(messages, { ...options, strategy: 'last', startOn: 'human' })
  return { name: 'trimMessages', first: performance.now() - start, ...outcome(kept) }
}

function measurePrune(
  name: string,
  thread: () => BaseMessage[],
  budget: number,
  policy: Policies,
  tokenCounter: Count,
): Measured {
  const options: PruneOptions<BaseMessage> = { budget, policy, lens: langchainLens, tokenCounter }
  const firsts: number[] = []
  const agains: number[] = []
  for (let round = 0; round < rounds; round++) {
    const messages = thread()
    firsts.push(timed(() => prune(messages, options)))
    agains.push(timed(() => prune(messages, options)))
  }
  const messages = thread()
  const { plan, messages: kept } = prune(messages, options)
  let previousPlan = plan
  const begin = performance.now()
  for (let i = 0; i < appends; i++) {
    const fields = { id: `more-${i}`, content: `Number ${i}, and what follows from it` }
    messages.push(i % 2 === 0 ? new HumanMessage(fields) : new AIMessage(fields))
    previousPlan = prune(messages, { ...options, previousPlan }).plan
  }
  const oneMore = (performance.now() - begin) / appends
  return { name, first: median(firsts), again: median(agains), oneMore, ...outcome(kept) }
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

function outcome(kept: BaseMessage[]): { kept: number; violations: number } {
  return { kept: kept.length, violations: checkLegality(kept, { provider: 'any', lens: langchainLens }).length }
}

function tableOf(results: readonly Result[]): string {
  const cell = (ms: number | undefined) => (ms === undefined ? '' : figures(ms))
  const rows = results.map(({ name, counter, first, estimated, again, oneMore, kept, violations }) => [
    ...[name, counter, `${estimated ? '~' : ''}${cell(first)}`, cell(again), cell(oneMore)],
    ...[String(kept), String(violations)],
  ])
  return table([['', 'counter', 'first', 'again', 'one more', 'messages kept', 'violations'], ...rows])
}

function promises(results: readonly Result[]): string[] {
  return results.flatMap(({ name, counter, first, again, oneMore }) => {
    const peer = results.find((one) => one.name === 'trimMessages' && one.counter === counter)
    if (again === undefined || oneMore === undefined || !peer) return []
    const faster = `${peer.estimated ? '~' : ''}${figures(peer.first / first)}x faster than trimMessages (promised: 50x)`
    const more = `1/${figures(first / oneMore)} of the first call, 1/${figures(again / oneMore)} of the same again`
    return [`${name}, ${counter}: ${faster}; one more message costs ${more} (promised: under 1/50)`]
  })
}
