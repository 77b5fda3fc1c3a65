import { stripTypeScriptTypes } from 'node:module'

/** A section of a guide whose code is run, after that of the first section that has any. */
export interface GuideSection {
  title: string
  code: string
}

/** Code blocks in TypeScript by the heading that they stand under, in the order of the page. */
export function sectionsOf(guide: string): GuideSection[] {
  const sections: GuideSection[] = []
  for (const part of guide.split(/^#+ (?=.*$)/m)) {
    const code = [...part.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block).join('\n')
    if (code !== '') sections.push({ title: part.split('\n')[0] ?? '', code })
  }
  return sections
}

export type Modules = Record<string, Record<string, unknown>>
export type Same = (actual: unknown, expected: unknown, line: string) => void

/**
 * Runs code as the body of a function: imports come from `modules`, and what stands before `// =>` is compared with what
 * stands behind it. Gives how many comparisons there were.
 */
export async function runSnippet(code: string, modules: Modules, same: Same): Promise<number> {
  let compared = 0
  const lines = code.split('\n').map((line) => {
    const [, expression, expected] = /^(.*?)\s*\/\/ => (.*)$/.exec(line) ?? []
    if (expression === undefined || expected === undefined) return line
    compared++
    return `same(${expression.replace(/^;/, '')}, ${expected}, ${JSON.stringify(line.trim())})`
  })
  const body = stripTypeScriptTypes(lines.join('\n'), { mode: 'strip' }).replace(
    /^import \{(.*?)\} from '(.*?)'$/gm,
    (_, names: string, from: string) => `const {${names.replaceAll(' as ', ': ')}} = modules['${from}']`,
  )
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor
  await new AsyncFunction('modules', 'same', body)(modules, same)
  return compared
}
