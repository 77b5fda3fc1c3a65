import { stepCountIs } from 'ai'
import { model } from './model.ts'
import { tools } from './tools.ts'

/** What answers: for `streamText`, beside the messages. */
export const agent = {
  model,
  tools,
  instructions:
    'You answer at the desk of a small ferry line, briefly. Look up departures; book when you are asked to.',
  stopWhen: stepCountIs(8),
}
