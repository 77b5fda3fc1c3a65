import type { SessionRow } from '../checkpoint/session-row.ts'
import { knownOptions } from '../known-options.ts'
import { checkSessionId } from '../session/session-id.ts'
import type { Principal, SessionService } from '../session/session-service.ts'
import { readSession } from './import-session.ts'
import type { DocumentSource } from './read-document.ts'

export interface ImportOptions {
  /** Default: the id that the session had. */
  id?: string
}

/**
 * Makes the session that an export is of, for the principal: a user's is that user's then. It is as it was, its times
 * included.
 *
 * @throws `EXPORT_INVALID`, `SESSION_EXISTS`, `SESSION_LIMIT`, `ID_INVALID`
 */
export async function importSession(
  service: SessionService,
  by: Principal,
  source: DocumentSource,
  options: ImportOptions,
): Promise<{ id: string; row: SessionRow }> {
  const { id: wanted } = knownOptions(options, ['id'], 'ID_INVALID')
  const given = wanted === undefined ? undefined : checkSessionId(wanted)
  const { engine } = service
  const read = await readSession(engine, source)
  try {
    const id = given ?? read.id
    const userId = by.userId ?? read.row.userId
    const row = await service.create(id, { ...read.row, userId }, by, async () => {
      await read.place(id, { userId })
      return (await engine.session(id)) ?? read.row
    })
    return { id, row }
  } finally {
    await read.discard()
  }
}
