import { missingFrom } from './identifiers.ts'
import { SECTIONS } from './prompt.ts'

/** A summary beyond this is not one, whatever the counter says: 50 KB are about 12,000 tokens. */
const MOST_CHARACTERS = 40_000

export interface SummaryDemands {
  identifiers: readonly string[]
  maxTokens: number
  count(text: string): number
}

/** What is wrong with a summary. A `grave` problem keeps it from being used; another one is worth a second try. */
export interface SummaryProblem {
  grave: boolean
  words: string
}

export function problemOf(summary: unknown, demands: SummaryDemands): SummaryProblem | undefined {
  const grave = (words: string): SummaryProblem => ({ grave: true, words })
  if (typeof summary !== 'string') return grave('the model gave no text')
  if (summary.trim() === '') return grave('the summary is empty')
  if (summary.length > MOST_CHARACTERS) return grave(`the summary is too long: ${summary.length} characters`)
  const tokens = demands.count(summary)
  if (tokens > demands.maxTokens) {
    return grave(`the summary is too long: ${tokens} tokens, where ${demands.maxTokens} are allowed`)
  }
  const missing = missingFrom(summary, demands.identifiers)
  if (missing.length > 0) return grave(`the summary lacks identifiers: ${missing.join(', ')}`)
  const lower = summary.toLowerCase()
  const absent = SECTIONS.filter((section) => !lower.includes(section.toLowerCase()))
  if (absent.length > 0) return { grave: false, words: `the summary lacks sections: ${absent.join(', ')}` }
  return undefined
}
