import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { ScriptedModel } from './scripted-model.ts'

export interface ChosenModel {
  model: BaseChatModel
  /** How it is called in the output. */
  name: string
}

/** The model that `EVERTHREAD_MODEL` names, in the form of LangChain's `initChatModel`; else the scripted one. */
export async function chooseModel(name: string | undefined = process.env.EVERTHREAD_MODEL): Promise<ChosenModel> {
  if (!name) return { model: new ScriptedModel(), name: 'a scripted model (set EVERTHREAD_MODEL for a real one)' }
  const { initChatModel } = await import('langchain')
  try {
    const model = await initChatModel(name)
    return { model: model as unknown as BaseChatModel, name }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new Error(`EVERTHREAD_MODEL=${name} cannot be used: ${reason}`, { cause })
  }
}
