import { randomUUID } from 'node:crypto'
import type { Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation'
import { afterAll } from 'vitest'

const servers = {
  Redis: process.env.EVERTHREAD_TEST_REDIS ?? '',
  'Redis Cluster': { nodes: (process.env.EVERTHREAD_TEST_REDIS_CLUSTER ?? '').split(',') },
}
const codecs = { plain: {}, encrypted: { keys: [{ id: 'master', key: new Uint8Array(32).fill(7) }] } }

for (const [server, target] of Object.entries(servers)) {
  for (const [kind, codec] of Object.entries(codecs)) {
    const store = redisStore(target, { codec })
    const tenants: string[] = []
    const initializer = {
      checkpointerName: `EverthreadSaver on ${server}, ${kind}`,
      createCheckpointer: () => {
        // The suites expect an empty database: a tenant of its own is one.
        const tenant = randomUUID()
        tenants.push(tenant)
        return new EverthreadSaver({ store, tenant })
      },
    }
    afterAll(async () => {
      await Promise.all(tenants.map((tenant) => dropAll(store, tenant)))
      await store.close()
    })
    validate(initializer)
    deltaChannelHistoryTests(initializer)
  }
}

/** The server may be somebody's own. */
async function dropAll(store: Store, tenant: string): Promise<void> {
  const { rows } = await store.query(tenant, { index: 'sessions', limit: 1_000 })
  await Promise.all(rows.map(({ partition }) => store.drop(partition)))
}
