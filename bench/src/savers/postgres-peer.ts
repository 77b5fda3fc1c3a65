import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres'
import type { Subject } from '../subjects.ts'
import { schemaBytes, serverUrl } from './servers.ts'

export const postgresPeer: Subject = {
  name: 'PostgresSaver',
  kind: 'peer',
  open: async (_folder, label) => {
    const url = serverUrl('postgres')
    const saver = PostgresSaver.fromConnString(url, { schema: label })
    await saver.setup()
    return { saver, storedBytes: () => schemaBytes(url, label), close: () => saver.end() }
  },
}
