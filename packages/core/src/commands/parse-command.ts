export type CommandName =
  | 'new'
  | 'reset'
  | 'undo'
  | 'status'
  | 'context'
  | 'compact'
  | 'title'
  | 'fork'
  | 'branches'
  | 'export'
  | 'help'

/** What a user can say to a session rather than to its agent. */
export const COMMANDS: Readonly<Record<CommandName, { argument: string | undefined; does: string }>> = {
  new: { argument: undefined, does: 'Start afresh; what was said stays, and can be brought back' },
  reset: { argument: '[hard]', does: 'The same; hard clears the data as well' },
  undo: { argument: undefined, does: 'Take back the last reset or compaction' },
  status: { argument: undefined, does: 'Show how long the conversation is' },
  context: { argument: undefined, does: 'Show what takes how much of the context' },
  compact: { argument: '[instructions]', does: 'Summarise what was said so far' },
  title: { argument: '[title]', does: 'Show the title, or set it' },
  fork: { argument: '[name]', does: 'Go on in a branch of its own from here' },
  branches: { argument: '[name]', does: 'Show the branches, or switch to one' },
  export: { argument: '[json|jsonl|markdown|html]', does: 'Give the conversation as a file' },
  help: { argument: undefined, does: 'Show this list' },
}

export interface ParsedCommand {
  name: CommandName
  /** What follows the name, without spaces around it. */
  argument: string
}

/** The command that a user's text is. Undefined for an ordinary message, which any other text with a slash is, too. */
export function parseCommand(text: string): ParsedCommand | undefined {
  const match = typeof text === 'string' ? /^\s*\/([a-z]+)(?:\s+(.*))?$/is.exec(text) : null
  const name = match?.[1]?.toLowerCase()
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) return undefined
  return { name: name as CommandName, argument: match?.[2]?.trim() ?? '' }
}
