import { expect, it } from 'vitest'
import { runWithoutPeers } from '../without-peers.ts'

it('without the package pg, the first call says what to install', () => {
  const { stdout, stderr } = runWithoutPeers(
    `import { postgresStore } from './src/stores/postgres/index.ts'
     const store = postgresStore('postgres://localhost/none')
     const error = await store.read({ tenant: 'acme', id: 'user1' }, []).catch((error) => error)
     process.stdout.write(error.code + ': ' + error.message)
     await store.close()`,
  )
  expect(stderr).toBe('')
  expect(stdout).toBe('PEER_MISSING: postgresStore needs the package pg: install it beside @everthread/core.')
})
