import type { SessionRow } from '../checkpoint/session-row.ts'
import { EverthreadError } from '../errors.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { checkJson, checkJsonObject, checkName, checkRecord, checkTitle } from './session-fields.ts'

/** What is said of a session and may be changed; never its data. */
export interface SessionPatch {
  title?: string
  channel?: string
  agentId?: string
  deviceId?: string
  /** Its properties are set, the others stay; undefined ends one. */
  metadata?: Record<string, unknown>
  /** As metadata. */
  settings?: Record<string, unknown>
}

/** What a function of `update` is given: as it stands, as copies. */
export interface Updatable extends SessionPatch {
  metadata: Record<string, unknown>
  settings: Record<string, unknown>
}

const KNOWN = ['title', 'channel', 'agentId', 'deviceId', 'metadata', 'settings']

/** Somebody else was faster: the function has to be asked again. */
class Overtaken extends Error {}

/** The function has to be waited for, outside the plan of a commit. */
class Waits extends Error {}

/** Changes what is said of a session. A function runs again on what is there, until its change lands. */
export async function updateSession(
  desk: TurnDesk,
  change: SessionPatch | ((session: Updatable) => SessionPatch | Promise<SessionPatch>),
): Promise<void> {
  const { engine, partition, owner } = desk
  const land = (plan: (row: SessionRow) => SessionRow): Promise<unknown> =>
    engine.rows.update(partition.id, plan, { owner })
  if (typeof change !== 'function') {
    const patch = checkPatch(change)
    await land((row) => patched(row, patch))
    return
  }
  try {
    await land((row) => {
      const asked = change(updatableOf(row))
      if (asked instanceof Promise) {
        // What it comes to is asked for below; nobody hears of this one.
        asked.catch(() => undefined)
        throw new Waits()
      }
      return patched(row, checkPatch(asked))
    })
  } catch (error) {
    if (!(error instanceof Waits)) throw error
    await updateWaiting(desk, change, land)
  }
}

async function updateWaiting(
  { engine, partition }: TurnDesk,
  change: (session: Updatable) => SessionPatch | Promise<SessionPatch>,
  land: (plan: (row: SessionRow) => SessionRow) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    const before = await engine.rows.get(partition.id)
    const known = before && JSON.stringify(updatableOf(before))
    const patch = before && checkPatch(await change(updatableOf(before)))
    try {
      await land((row) => {
        if (!patch || JSON.stringify(updatableOf(row)) !== known) throw new Overtaken()
        return patched(row, patch)
      })
      return
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
    }
  }
}

function updatableOf({ title, channel, agentId, deviceId, metadata, settings }: SessionRow): Updatable {
  const names = { title, channel, agentId, deviceId }
  const given = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined))
  return { ...given, metadata: structuredClone(metadata ?? {}), settings: structuredClone(settings ?? {}) }
}

/** @throws `SESSION_INVALID`, `METADATA_INVALID` */
function checkPatch(value: unknown): SessionPatch {
  const patch = checkRecord(value, 'the change of the session')
  const unknown = Object.keys(patch).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) {
    const message = `Leave out "${unknown.slice(0, 40)}": change ${KNOWN.join(', ')}; values go into session.data`
    throw new EverthreadError('SESSION_INVALID', message)
  }
  for (const name of ['channel', 'agentId', 'deviceId']) if (patch[name] !== undefined) checkName(patch[name], name)
  if (patch.title !== undefined) checkTitle(patch.title)
  for (const name of ['metadata', 'settings']) {
    if (patch[name] !== undefined) checkJsonObject(patch[name], name)
  }
  return patch as SessionPatch
}

function patched(row: SessionRow, { metadata, settings, ...names }: SessionPatch): SessionRow {
  const given = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined))
  return {
    ...row,
    ...given,
    ...(metadata ? { metadata: merged(row.metadata, metadata, 'metadata') } : {}),
    ...(settings ? { settings: merged(row.settings, settings, 'settings') } : {}),
  }
}

function merged(
  before: Record<string, unknown> | undefined,
  changes: Record<string, unknown>,
  name: string,
): Record<string, unknown> {
  const all = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined)
  return checkJson(Object.fromEntries(all), name)
}
