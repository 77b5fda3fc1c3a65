import type { SessionRow } from '../checkpoint/session-row.ts'
import { EverthreadError } from '../errors.ts'
import { inParallel } from './in-parallel.ts'
import type { CreateSession } from './session-fields.ts'
import { planSession } from './session-plan.ts'
import type { Principal, SessionService } from './session-service.ts'

/**
 * Makes all of them or none. That an id is taken is found out first; what else cannot be foreseen (a limit, somebody who
 * was faster) costs that those that were made are deleted again.
 *
 * @throws `SESSION_INVALID`, `ID_INVALID`, and as `create`
 */
export async function createMany(
  service: SessionService,
  by: Principal,
  inits: CreateSession[],
): Promise<{ id: string; row: SessionRow }[]> {
  if (!Array.isArray(inits)) throw new EverthreadError('SESSION_INVALID', 'Give the sessions to make as a list')
  const plans = inits.map((init) => planSession(init, service, by))
  if (new Set(plans.map(({ id }) => id)).size < plans.length) {
    throw new EverthreadError('ID_INVALID', 'Give each session to make an id of its own')
  }
  const named = plans.filter((_, i) => inits[i]?.id !== undefined)
  await inParallel(named, ({ id }) => service.assertFree(id, by))
  const made: { id: string; row: SessionRow }[] = []
  try {
    return await inParallel(plans, async ({ id, fields }) => {
      const one = { id, row: await service.create(id, fields, by) }
      made.push(one)
      return one
    })
  } catch (error) {
    await inParallel(made, ({ id, row }) => service.remove(id, by, row))
    throw error
  }
}
