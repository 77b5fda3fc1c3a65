import { createAgent } from './agent.ts'
import { chooseModel } from './choose-model.ts'
import type { Printer } from './print.ts'
import { ask, isInterrupted, resume } from './run-turn.ts'
import { openSession } from './session.ts'
import { sayCall } from './tell-call.ts'

/** One question to the session, which remembers the ones before. */
export async function askOnce(question: string, folder: string, print: Printer): Promise<void> {
  const session = openSession()
  try {
    const { model } = await chooseModel()
    const agent = createAgent({ checkpointer: session.saver, model, folder })
    const onCall = sayCall(print)
    if (await isInterrupted(agent)) {
      print.note('The turn before this was cut off. Finishing it first:')
      print.answer(await resume(agent, { onCall }))
    }
    print.question(question)
    print.progress('thinking ...')
    print.answer(await ask(agent, question, { onCall }))
  } finally {
    await session.close()
  }
}
