import { memoryStore } from '@everthread/core/memory'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation'

const initializer = {
  checkpointerName: 'EverthreadSaver on memory',
  createCheckpointer: () => new EverthreadSaver({ store: memoryStore() }),
}
validate(initializer)
deltaChannelHistoryTests(initializer)
