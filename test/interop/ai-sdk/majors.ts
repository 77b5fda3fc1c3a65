import type { UIMessageLike } from '@everthread/vercel-ai-adapter'
import * as ai7 from 'ai'
import * as ai6 from 'ai-6'

/** What the tests use of `ai`, of both majors alike. */
export interface AI {
  major: 6 | 7
  validate(messages: readonly UIMessageLike[]): Promise<unknown>
  convert(messages: readonly UIMessageLike[]): Promise<{ role: string; content: string | { type: string }[] }[]>
}

export const majors: AI[] = [
  {
    major: 6,
    validate: (messages) => ai6.validateUIMessages({ messages }),
    convert: (messages) => ai6.convertToModelMessages(messages as ai6.UIMessage[]),
  },
  {
    major: 7,
    validate: (messages) => ai7.validateUIMessages({ messages }),
    convert: (messages) => ai7.convertToModelMessages(messages as ai7.UIMessage[]),
  },
]
