import { createHash } from 'node:crypto'
import { luaText } from './lua-text.ts'

/** A script with what EVALSHA and EVAL need. */
export interface Script {
  name: string
  text: string
  sha: string
}

export type ScriptName = Exclude<keyof typeof luaText, 'prelude' | 'unchanged'>

/** What scripts begin with, where that is not the prelude alone. */
const BEGINNINGS: Partial<Record<ScriptName, string[]>> = {
  'read-n': [luaText.unchanged, luaText.prelude],
  'swap-n': [],
}

export const scripts: Readonly<Record<ScriptName, Script>> = Object.freeze({
  'read-n': script('read-n'),
  'commit-1': script('commit-1'),
  'swap-n': script('swap-n'),
  'drop-1': script('drop-1'),
  'check-1': script('check-1'),
  'stage-1': script('stage-1'),
  'unstage-1': script('unstage-1'),
  'list-1': script('list-1'),
  'probe-1': script('probe-1'),
})

function script(name: ScriptName): Script {
  const before = BEGINNINGS[name] ?? [luaText.prelude]
  const text = [...before, luaText[name]].join('\n')
  return { name, text, sha: createHash('sha1').update(text).digest('hex') }
}
