/** Commits rows `<name>/0`, `<name>/1`, ... for ever, or `count` times, and prints each number once it is acknowledged. */
import { writeSync } from 'node:fs'
import { sqliteStore } from '@everthread/core/sqlite'

const [path, name, from, count] = process.argv.slice(2) as [string, string, string, string | undefined]
const store = sqliteStore(path)
const partition = { tenant: 'acme', id: 'shared' }
const end = count === undefined ? Number.POSITIVE_INFINITY : Number(from) + Number(count)
for (let at = Number(from); at < end; at++) {
  const value = Buffer.alloc(200 + (at % 7) * 900, `${name} ${at} `)
  const outcome = await store.commit(partition, {
    id: `${name}-${at}`,
    expect: [{ key: `${name}/${at}`, rev: 0 }],
    ops: [
      { put: `${name}/${at}`, value },
      { put: `${name}-twin/${at}`, value },
    ],
  })
  if (!outcome.ok) throw new Error('nobody else writes these rows')
  writeSync(1, `${at}\n`)
}
await store.close()
