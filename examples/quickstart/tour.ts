import { relative } from 'node:path'
import { HumanMessage } from '@langchain/core/messages'
import { type Agent, createAgent } from './agent.ts'
import { chooseModel } from './choose-model.ts'
import { runElsewhere } from './doomed-turn.ts'
import { count, type Printer, plural } from './print.ts'
import { ask, isInterrupted, resume } from './run-turn.ts'
import { databasePath, openSession, thread } from './session.ts'
import { databaseBytes, measureSession } from './stored.ts'
import { sayCall } from './tell-call.ts'

const questions = ['Which files are in the handbook?', 'What does a bicycle cost?', 'Why was the north pier closed?']
const doomed = 'How many life jackets does the Tern have?'
const otherwise = 'What does a dog pay?'

/** Questions, a hard kill, a resume, a step back in time, a fork; and what all of it took on disk. */
export async function tour(folder: string, print: Printer): Promise<void> {
  const { model, name } = await chooseModel()
  const session = openSession()
  const agent = createAgent({ checkpointer: session.saver, model, folder })
  print.answer(`A LangGraph agent answers from ${relative('', folder) || folder}, its session kept in ${databasePath}.`)
  print.note(`model: ${name}`)
  try {
    if (await isInterrupted(agent)) {
      print.note('A turn was left unfinished here. Finishing it first:')
      print.answer(await resume(agent, { onCall: sayCall(print) }))
    }
    await threeQuestions(agent, print)
    await killAndResume(agent, folder, print)
    await backInTime(agent, print)
    print.progress('measuring ...')
    const stored = await measureSession(agent, session)
    await session.close()
    print.heading('What was stored')
    print.answer(
      `${count(stored.messages)} messages, ${count(stored.checkpoints)} checkpoints: ${count(databaseBytes())} bytes on disk`,
    )
    print.answer(`full snapshots at every checkpoint: ${count(stored.snapshotBytes)} bytes`)
    print.heading('Go on with the same session')
    print.answer('npm start -- "what did I ask you before?"')
  } finally {
    await session.close()
  }
}

async function threeQuestions(agent: Agent, print: Printer): Promise<void> {
  print.heading('Three questions')
  for (const question of questions) {
    print.question(question)
    print.progress('thinking ...')
    print.answer(await ask(agent, question, { onCall: sayCall(print) }))
  }
}

async function killAndResume(agent: Agent, folder: string, print: Printer): Promise<void> {
  print.heading('Killed in the middle of a turn')
  print.question(doomed)
  print.progress('starting another process ...')
  const first = await runElsewhere({ folder, question: doomed }, sayCall(print))
  if (first.answer !== undefined) {
    print.answer(first.answer)
    print.note('The model answered without a tool, so there was no middle to be killed in.')
    return
  }
  const { values, next } = await agent.getState(thread)
  print.answer(`Process ${first.pid} was killed (${first.signal}) after a tool had answered and before the model did.`)
  print.note(`on disk: ${plural(values.messages.length, 'message')}, next step: ${next.join(', ')}`)
  print.progress('starting a new process ...')
  const second = await runElsewhere({ folder }, sayCall(print))
  print.answer(`Process ${second.pid} resumed the turn:`)
  print.answer(second.answer ?? '')
}

async function backInTime(agent: Agent, print: Printer): Promise<void> {
  print.heading('Back in time, and a fork')
  const now = await agent.getState(thread)
  const asked = questionsOf(now.values.messages)
  const since = asked.length - questions.length - 1
  for await (const past of agent.getStateHistory(thread)) {
    if (past.next.length > 0 || questionsOf(past.values.messages ?? []).length !== since + 1) continue
    print.answer(
      `Back when ${plural(since + 1, 'question')} had been asked, the session held ${plural(past.values.messages.length, 'message')}; now it holds ${count(now.values.messages.length)}.`,
    )
    print.note('from there, another question:')
    print.question(otherwise)
    print.answer(await ask(agent, otherwise, { onCall: sayCall(print), from: past.config }))
    break
  }
  const fork = await agent.getState(thread)
  // The newest checkpoint is the session's end: one more on the first line makes that line the end again.
  await agent.updateState(now.config, { messages: [] }, 'agent')
  const back = await agent.getState(thread)
  print.answer(
    `The fork knows ${plural(questionsOf(fork.values.messages).length, 'question')}, the session itself ${count(questionsOf(back.values.messages).length)}: neither sees the other's.`,
  )
}

function questionsOf(messages: readonly unknown[]): unknown[] {
  return messages.filter((message) => HumanMessage.isInstance(message))
}
