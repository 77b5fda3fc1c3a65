import type { SessionExpiry } from '../checkpoint/session-row.ts'
import { EverthreadError } from '../errors.ts'
import type { SessionScope } from '../keys/scope.ts'
import { scopeKey } from '../keys/scope-key.ts'
import { checkFields, checkRecord, type Fields } from './session-fields.ts'
import { checkSessionId } from './session-id.ts'
import type { SessionRules } from './session-rules.ts'

export interface PlannedSession {
  id: string
  fields: Fields
}

/** What decides about a session to make beside what is said of it. */
export interface PlanBy {
  expiry: SessionExpiry
  rules: SessionRules
  newId(): string
}

/**
 * A session to make, checked.
 *
 * @throws `SESSION_INVALID`, `METADATA_INVALID`, `EXPIRY_INVALID`, `ID_INVALID`, `USER_INVALID`, `TEMPLATE_UNKNOWN`
 */
export function planSession(init: unknown, by: PlanBy, { userId }: { userId: string | undefined }): PlannedSession {
  const { id = by.newId() } = checkRecord(init, 'the session to make')
  const fields = checkFields(init, { expiry: by.expiry, templates: by.rules.templates })
  if (userId !== undefined && fields.userId !== undefined && fields.userId !== userId) {
    throw new EverthreadError('USER_INVALID', 'Leave out userId: the session is made for the user of the handle')
  }
  return { id: checkSessionId(id), fields: { ...fields, userId: userId ?? fields.userId } }
}

/**
 * A session to make under an id, or for a scope, which says what it is unless it is said otherwise.
 *
 * @throws `SCOPE_INVALID`, and as {@link planSession}
 */
export function planSessionAt(
  at: string | SessionScope,
  init: unknown,
  by: PlanBy,
  principal: { userId: string | undefined },
): PlannedSession {
  const given = checkRecord(init, 'the session to make')
  if (typeof at !== 'object') return planSession({ ...given, id: at }, by, principal)
  const id = scopeKey(at, by.rules.keys)
  const { agentId, channel, groupId, threadId } = at
  const kind = threadId !== undefined ? 'thread' : groupId !== undefined ? 'group' : 'direct'
  const said = { agentId, kind, ...(channel === undefined ? {} : { channel }) }
  const { fields } = planSession({ ...said, ...given, id }, by, principal)
  return { id, fields: { ...fields, scoped: true } }
}
