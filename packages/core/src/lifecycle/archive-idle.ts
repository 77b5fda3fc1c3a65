import type { ManagerParts } from '../session/manager-parts.ts'
import { LEASE_KEY } from '../turn/rows.ts'

const BY = { userId: undefined, who: 'lifecycle' }

/**
 * Archives sessions while they are idle, in their order, until it is enough. One that has a turn under way, or waits for
 * an answer, is left alone. How many.
 */
export async function archiveIdle(
  { store, service }: Pick<ManagerParts, 'store' | 'service'>,
  sessions: readonly string[],
  isEnough: () => boolean,
): Promise<number> {
  let count = 0
  for (const id of sessions) {
    if (isEnough()) break
    const { rows } = await store.read({ tenant: service.tenant, id }, [{ get: [LEASE_KEY] }])
    if (rows[0]?.length === 0 && (await service.archiveIfIdle(id, BY))) count++
  }
  return count
}
