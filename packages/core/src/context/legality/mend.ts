import { pairCalls } from '../pairing.ts'
import type { EditOrigin } from '../plan.ts'
import { changeSlot, madeSlot, type Slot } from '../slot.ts'
import type { OneProvider } from './provider.ts'
import type { Before, Finding, Fix, Rule, RuleName, Subject } from './rule.ts'
import { callOutsideAssistant, callWithoutResult, duplicateCallId, resultWithoutCall } from './rules/calls.ts'
import { emptyContent } from './rules/content.ts'
import { orphanedReasoning } from './rules/reasoning.ts'
import { firstRole, sameRoleRun, systemNotFirst } from './rules/roles.ts'

/** In the order in which they are mended: what one leaves may be another's. */
export const rules: readonly Rule[] = [
  callOutsideAssistant,
  resultWithoutCall,
  callWithoutResult,
  emptyContent,
  orphanedReasoning,
  duplicateCallId,
  systemNotFirst,
  firstRole,
  sameRoleRun,
]

export interface MendOptions {
  providers: readonly OneProvider[]
  within: boolean
  before?: Before | undefined
}

/** What was mended. */
export interface Mended {
  slots: readonly Slot[]
  /** What the rules found, with places in the history. */
  found: { rule: RuleName; at: number; words: string }[]
}

/** More rounds than any history needs: a mend leaves less to mend, or merges at last. */
const ROUNDS = 12

/** The smallest changes that make the messages legal. */
export function mend(slots: readonly Slot[], options: MendOptions): Mended {
  const mended: Mended = { slots, found: [] }
  let subject = subjectOf(slots, options)
  for (let round = 0; round < ROUNDS; round++) {
    let clean = true
    for (const rule of rules) {
      // Merged messages are one to the eye: they come last, when all else is clean.
      if (rule === sameRoleRun && !clean) continue
      const findings = refusals(rule, subject, options.providers)
      if (findings.length === 0) continue
      for (const { rule, at, words } of findings) mended.found.push({ rule, at: mended.slots[at]?.at ?? 0, words })
      mended.slots = applyFixes(mended.slots, findings)
      if (rule === sameRoleRun) return mended
      subject = subjectOf(mended.slots, options)
      clean = false
    }
    if (clean) break
  }
  return mended
}

export function refusals(rule: Rule, subject: Subject, providers: readonly OneProvider[]): Finding[] {
  const findings = rule(subject)
  if (findings.length === 0) return findings
  return findings.filter((finding) => finding.providers.some((name) => providers.includes(name)))
}

function subjectOf(slots: readonly Slot[], { within, before }: MendOptions): Subject {
  const views = slots.map(({ view }) => view)
  const subject: Subject = { views, pairing: pairCalls(views), within, places: slots.map(({ at }) => at) }
  if (before) subject.before = before
  return subject
}

function applyFixes(slots: readonly Slot[], findings: readonly Finding[]): Slot[] {
  const own = new Map<number, { fix: Fix; origin: EditOrigin }[]>()
  const inserts = new Map<number, { fix: Fix & { do: 'insert' }; origin: EditOrigin }[]>()
  for (const { words, fixes } of findings) {
    const origin = { policy: 'repair', reason: words }
    for (const fix of fixes) {
      if (fix.do === 'insert') inserts.set(fix.before, [...(inserts.get(fix.before) ?? []), { fix, origin }])
      else own.set(fix.at, [...(own.get(fix.at) ?? []), { fix, origin }])
    }
  }
  const result: Slot[] = []
  for (let i = 0; i <= slots.length; i++) {
    const slot = slots[i]
    const at = slot?.at ?? placeAfter(slots.at(-1))
    for (const { fix, origin } of inserts.get(i) ?? []) result.push(madeSlot(at, fix.message, false, origin))
    if (!slot) continue
    const fixed = fixSlot(slot, own.get(i) ?? [])
    if (fixed) result.push(fixed)
  }
  return result
}

function placeAfter(slot: Slot | undefined): number {
  if (!slot) return 0
  return slot.made && !slot.replaces ? slot.at : slot.at + 1
}

function fixSlot(slot: Slot, fixes: { fix: Fix; origin: EditOrigin }[]): Slot | undefined {
  let fixed = slot
  // From the last part to the first, so that a dropped part leaves the others' places alone.
  const ordered = fixes.toSorted((a, b) => partOf(b.fix) - partOf(a.fix))
  for (const { fix, origin } of ordered) {
    if (fix.do === 'remove') return undefined
    if (fix.do === 'replace') return madeSlot(slot.at, fix.message, true, origin)
    if (fix.do === 'merge') fixed = { ...fixed, joins: origin }
    if (fix.do === 'change') fixed = changeSlot(fixed, fix.part, fix.edit, origin)
  }
  return fixed
}

const partOf = (fix: Fix): number => (fix.do === 'change' ? fix.part : -1)
