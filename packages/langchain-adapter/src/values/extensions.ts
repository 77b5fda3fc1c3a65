import type { Extension } from '@everthread/core'
import { messageExtension } from '../messages/message-extension.ts'
import { deltaSnapshot, send } from './langgraph.ts'
import { serializable } from './serializable.ts'

/** What LangChain and LangGraph put into state, beyond what the core serialises by itself. */
export const langchainExtensions: Extension[] = [messageExtension, send, deltaSnapshot, serializable]
