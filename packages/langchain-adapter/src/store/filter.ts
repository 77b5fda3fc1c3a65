import { isDeepStrictEqual } from 'node:util'
import { EverthreadError } from '@everthread/core'

type Compare = (value: unknown, wanted: unknown) => boolean

const operators: Record<string, Compare> = {
  $eq: isDeepStrictEqual,
  $ne: (value, wanted) => !isDeepStrictEqual(value, wanted),
  $gt: (value, wanted) => Number(value) > Number(wanted),
  $gte: (value, wanted) => Number(value) >= Number(wanted),
  $lt: (value, wanted) => Number(value) < Number(wanted),
  $lte: (value, wanted) => Number(value) <= Number(wanted),
  $in: (value, wanted) => listOf(wanted).some((each) => isDeepStrictEqual(value, each)),
  $nin: (value, wanted) => !listOf(wanted).some((each) => isDeepStrictEqual(value, each)),
}

/** Tells whether an item's value has what the filter asks of its fields. */
export type Matcher = (value: Record<string, unknown>) => boolean

/** @throws `QUERY_INVALID` for an operator that there is not */
export function matcherOf(filter: Record<string, unknown> | undefined): Matcher | undefined {
  if (filter === undefined) return undefined
  const checks = Object.entries(filter).map(([field, wanted]) => {
    const test = fieldTest(wanted)
    return (value: Record<string, unknown>) => test(Object.hasOwn(value, field) ? value[field] : undefined)
  })
  return checks.length === 0 ? undefined : (value) => checks.every((check) => check(value))
}

function fieldTest(wanted: unknown): (value: unknown) => boolean {
  if (!usesOperators(wanted)) return (value) => isDeepStrictEqual(value, wanted)
  const tests = Object.entries(wanted).map(([name, operand]) => {
    const compare = Object.hasOwn(operators, name) ? operators[name] : undefined
    if (!compare) {
      throw new EverthreadError('QUERY_INVALID', `Filter with one of ${Object.keys(operators).join(', ')}, not ${name}`)
    }
    if (name === '$in' || name === '$nin') listOf(operand)
    return (value: unknown) => compare(value, operand)
  })
  return (value) => tests.every((test) => test(value))
}

function usesOperators(wanted: unknown): wanted is Record<string, unknown> {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return false
  return Object.keys(wanted).some((name) => name.startsWith('$'))
}

function listOf(operand: unknown): unknown[] {
  if (Array.isArray(operand)) return operand
  throw new EverthreadError('QUERY_INVALID', 'Give $in and $nin a list')
}
