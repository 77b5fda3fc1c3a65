import { EverthreadError } from '@everthread/core'

type Step = { field: string } | { at: number } | 'each'

/**
 * The texts of a value at a path: `field`, `a.b`, `chapters[*].content`, `authors[0].name`, `list[-1]`, `*`, or `$` for
 * the whole. What is no text is written as JSON, as LangGraph's own stores do.
 *
 * @throws `INDEX_INVALID`
 */
export function textsAt(path: string): (value: unknown) => string[] {
  if (path === '$') return (value) => texts([value])
  const steps = parsePath(path)
  return (value) => texts(steps.reduce<unknown[]>((found, step) => found.flatMap((each) => take(each, step)), [value]))
}

function parsePath(path: unknown): Step[] {
  if (
    typeof path !== 'string' ||
    !/^[^.[\]]*(\[(\*|-?\d+)\])*(\.[^.[\]]+(\[(\*|-?\d+)\])*)*$/.test(path) ||
    path === ''
  ) {
    throw new EverthreadError(
      'INDEX_INVALID',
      'Give fields to index as paths like "title", "a.b", "list[*].text" or "$"',
    )
  }
  const steps: Step[] = []
  for (const [, field, at] of path.matchAll(/([^.[\]]+)|\[(\*|-?\d+)\]/g)) {
    if (field === '*' || at === '*') steps.push('each')
    else if (field !== undefined) steps.push({ field })
    else steps.push({ at: Number(at) })
  }
  return steps
}

function take(value: unknown, step: Step): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (step === 'each') return Object.values(value)
  if ('at' in step) return Array.isArray(value) ? [value.at(step.at)] : []
  return Object.hasOwn(value, step.field) ? [(value as Record<string, unknown>)[step.field]] : []
}

function texts(values: unknown[]): string[] {
  return values.filter((value) => value !== undefined && value !== null).map(textOf)
}

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value))
