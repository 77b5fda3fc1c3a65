import { join } from 'node:path'
import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { serverUrl } from './savers/servers.ts'

type Open = (folder: string, label: string) => Promise<Store>

export const stores: Record<string, Open> = {
  memory: async () => memoryStore(),
  sqlite: async (folder) => (await import('@everthread/core/sqlite')).sqliteStore(join(folder, 'bench.db')),
  redis: async (_folder, label) =>
    (await import('@everthread/core/redis')).redisStore(serverUrl('redis'), { prefix: label }),
  postgres: async (_folder, label) =>
    (await import('@everthread/core/postgres')).postgresStore(serverUrl('postgres'), { schema: label }),
}

export function openStore(name: string, folder: string, label: string): Promise<Store> {
  const open = stores[name]
  if (!open) throw new Error(`There is no store ${name}: choose from ${Object.keys(stores).join(', ')}.`)
  return open(folder, label)
}
