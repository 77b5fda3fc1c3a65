import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { Session } from '../session/session.ts'
import { type CommandOptions, type CommandOutput, commandWork } from './command-work.ts'
import { type CommandName, parseCommand } from './parse-command.ts'

export interface CommandResult extends CommandOutput {
  command: CommandName
  /** Whether it was done. If not, `text` says what the user can do, and `data` is `{ code }`. */
  ok: boolean
}

/** What a user's own words can bring about: they are told, and nothing is broken. */
const USERS = new Set([
  'COMMAND_USAGE',
  'BRANCH_NOT_FOUND',
  'BRANCH_EXISTS',
  'BRANCH_NAME_INVALID',
  'BRANCHES_TOO_MANY',
  'SESSION_INVALID',
  'SESSION_ARCHIVED',
  'SESSION_EXPIRED',
])

/**
 * Does what a command says. Undefined for an ordinary message, which is the agent's to answer.
 *
 * @throws `COMMAND_INVALID` for what is no session, and for unknown options; `COMMAND_NEEDS_MODEL` for `/compact` without one, and what the session throws that is not the user's doing
 */
export async function runCommand(
  session: Session,
  text: string,
  options: CommandOptions = {},
): Promise<CommandResult | undefined> {
  if (typeof session?.status !== 'function') {
    throw new EverthreadError('COMMAND_INVALID', 'Give the command its session: runCommand(session, text)')
  }
  knownOptions(options, ['compact', 'context'], 'COMMAND_INVALID')
  const parsed = parseCommand(text)
  if (!parsed) return undefined
  const { name: command, argument } = parsed
  try {
    return { command, ok: true, ...(await commandWork[command](session, argument, options)) }
  } catch (error) {
    if (!EverthreadError.isInstance(error) || !USERS.has(error.code)) throw error
    return { command, ok: false, text: error.message, data: { code: error.code } }
  }
}
