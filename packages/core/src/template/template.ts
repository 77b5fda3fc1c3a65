import { isPlainJson } from '../codec/serialise-plain.ts'
import { EverthreadError } from '../errors.ts'

/** How an agent is set up in the sessions that are made from it. All of it is plain JSON. */
export interface AgentConfig {
  systemPrompt?: string
  /** What shapes its answers: `language`, `tone`, and what else the application knows. */
  context?: AgentContext
  /** What it may do: names of tools, or whatever the application goes by. */
  capabilities?: string[]
}

export interface AgentContext {
  language?: string
  tone?: string
  [more: string]: unknown
}

/** An agent configuration by name, see `SessionManager({ templates })`. */
export type Templates = Record<string, AgentConfig>

/** As JSON, in characters: it stands in the session's row, beside other settings. */
const MOST_CHARS = 32 * 1024
const FIELDS = ['systemPrompt', 'context', 'capabilities']

/**
 * What a session made from the template keeps: a copy, so that a template that changes later changes no session.
 *
 * @throws `TEMPLATE_UNKNOWN`, `TEMPLATE_INVALID`
 */
export function configOf(templates: Templates | undefined, name: string): AgentConfig {
  const template = templates && typeof name === 'string' && Object.hasOwn(templates, name) ? templates[name] : undefined
  if (!template) {
    const known = Object.keys(templates ?? {}).join(', ') || 'none'
    throw new EverthreadError('TEMPLATE_UNKNOWN', `Give a template that the manager has; it has ${known}`)
  }
  return checkConfig(template, `template "${name}"`)
}

/**
 * A copy of its own of a configuration that is well formed.
 *
 * @throws `TEMPLATE_INVALID`
 */
function checkConfig(config: AgentConfig, what: string): AgentConfig {
  const wrong = (problem: string): never => {
    throw new EverthreadError('TEMPLATE_INVALID', `Correct the ${what}: ${problem}`)
  }
  if (!isRecord(config) || !isPlainJson(config)) return wrong('it must be an object of plain JSON')
  for (const field of Object.keys(config)) if (!FIELDS.includes(field)) wrong(`"${field}" is no part of it`)
  const { systemPrompt, context, capabilities } = config
  if (systemPrompt !== undefined && typeof systemPrompt !== 'string') wrong('systemPrompt must be a text')
  if (context !== undefined && !isContext(context))
    wrong('context must be plain JSON, with texts for language and tone')
  if (capabilities !== undefined && !isTexts(capabilities)) wrong('capabilities must be a list of texts')
  const text = JSON.stringify(config)
  if (text.length > MOST_CHARS) wrong(`it must be at most ${MOST_CHARS / 1024} KB of JSON`)
  return JSON.parse(text) as AgentConfig
}

/** @throws `TEMPLATE_INVALID` */
export function checkTemplates(templates: Templates): void {
  if (!isRecord(templates)) throw new EverthreadError('TEMPLATE_INVALID', 'Give templates as an object of them by name')
  for (const [name, template] of Object.entries(templates)) checkConfig(template, `template "${name}"`)
}

function isContext(context: unknown): boolean {
  if (!isRecord(context) || !isPlainJson(context)) return false
  return ['language', 'tone'].every((name) => context[name] === undefined || typeof context[name] === 'string')
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((text) => typeof text === 'string')

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
