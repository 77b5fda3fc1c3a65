/** Writes a branch of its own to a thread that others write to as well, and tells of every checkpoint acknowledged. */
import type { CodecOptions, Store } from '@everthread/core'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { writeBranch } from './write-branch.ts'

const [file = '', address = '', tenant = '', thread = '', root = '', writer = '', steps = '0'] = process.argv.slice(2)
const { openAt }: { openAt(address: string, codec?: CodecOptions): Store } = await import(`../subjects/${file}.ts`)
const store = openAt(address)
await writeBranch({
  saver: () => new EverthreadSaver({ store, tenant }),
  thread,
  root,
  writer,
  steps: Number(steps),
  acknowledged: (id) => process.stdout.write(`${id}\n`),
})
await store.close()
