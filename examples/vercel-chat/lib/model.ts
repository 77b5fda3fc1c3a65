import type { LanguageModel } from 'ai'
import { scriptedModel } from './scripted-model.ts'

/** The model that `EVERTHREAD_MODEL` names, through the AI Gateway (`AI_GATEWAY_API_KEY`); else the scripted one. */
export const modelName: string | undefined = process.env.EVERTHREAD_MODEL || undefined
export const model: LanguageModel = modelName ?? scriptedModel()
