import { checkLegality } from '@everthread/core/context'
import { pruneUIMessages, uiMessageLens } from '@everthread/vercel-ai-adapter'
import { expect } from 'vitest'
import { majors } from '../majors.ts'
import { type Ground, submit, textIn, user } from './ground.ts'

/** The next turn runs, and what is stored is valid and legal. */
export async function isSound({ history, post, ai }: Ground, major: number): Promise<void> {
  const { validate } = majors.find((one) => one.major === major) as (typeof majors)[number]
  await post(submit(user('next', 'Next')))
  const stored = await history()
  // Without an answer between them, what the user said twice is one message to the model.
  expect(textIn(stored.at(-1) as never)).toMatch(/^You said: (bikes)?Next$/)
  await validate(stored)
  expect(checkLegality(pruneUIMessages(stored).messages, { lens: uiMessageLens, provider: 'any' })).toEqual([])
  expect(ai.violations).toEqual([])
}
