import { invalid } from './check-options.ts'

/** Which tools a policy is about, by name; `*` stands for any characters. */
export interface ToolChoice {
  only?: readonly string[]
  except?: readonly string[]
}

/** @throws `CONTEXT_OPTIONS_INVALID` */
export function toolFilter(where: string, { only, except }: ToolChoice): (tool: string) => boolean {
  const chosen = matcher(where, 'only', only)
  const spared = matcher(where, 'except', except)
  return (tool) => (chosen?.(tool) ?? true) && !(spared?.(tool) ?? false)
}

function matcher(where: string, name: string, names: readonly string[] | undefined) {
  if (names === undefined) return undefined
  if (!Array.isArray(names) || names.some((one) => typeof one !== 'string' || one === '')) {
    throw invalid(where, `"${name}" must be a list of tools' names`)
  }
  const patterns = names.map((one) => new RegExp(`^${one.split('*').map(escaped).join('.*')}$`, 'i'))
  return (tool: string) => patterns.some((pattern) => pattern.test(tool))
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
