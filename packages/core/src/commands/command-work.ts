import type { CompactOptions } from '../context/compaction/options.ts'
import { contextChart } from '../context/inspect/chart.ts'
import { EverthreadError } from '../errors.ts'
import type { ExportFormat } from '../export/export-session.ts'
import type { Session } from '../session/session.ts'
import type { InspectContext } from '../session/session-context.ts'
import { COMMANDS, type CommandName } from './parse-command.ts'

export interface CommandOptions {
  /** For `/compact`, which needs its model. */
  compact?: Omit<CompactOptions, 'instructions'>
  /** For `/context`: the model's window, a tokenizer, and the like. */
  context?: InspectContext
}

/** What a command has to say: to be read, and as plain data. */
export interface CommandOutput {
  text: string
  data: unknown
}

type Work = (session: Session, argument: string, options: CommandOptions) => Promise<CommandOutput>

const FORMATS: readonly string[] = ['json', 'jsonl', 'markdown', 'html'] satisfies ExportFormat[]

export const commandWork: Record<CommandName, Work> = {
  new: plain('new', async (session) => {
    await session.reset()
    return { text: 'A new conversation. /undo brings the last one back.', data: { mode: 'soft' } }
  }),

  async reset(session, argument) {
    if (argument !== '' && argument !== 'hard') throw usage('reset')
    const mode = argument === 'hard' ? 'hard' : 'soft'
    await session.reset({ mode })
    const cleared = mode === 'hard' ? ' Its data is cleared, too.' : ''
    return { text: `A new conversation.${cleared} /undo brings the last one back.`, data: { mode } }
  },

  undo: plain('undo', async (session) => {
    const undone = await session.undo()
    if (!undone) return { text: 'There is nothing to take back.', data: { undone: null } }
    return { text: `Taken back: ${undone.kind}, of ${timeText(undone.at)}.`, data: { undone } }
  }),

  status: plain('status', async (session) => {
    const status = await session.status()
    const lines = Object.entries(status).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${/At$/.test(name) ? timeText(value as number) : shown(value)}`],
    )
    return { text: lines.join('\n'), data: status }
  }),

  context: plain('context', async (session, { context = {} }) => {
    const inspection = await session.context.inspect(context)
    return { text: contextChart(inspection), data: inspection }
  }),

  async compact(session, instructions, { compact }) {
    if (!compact) {
      const message = 'Give runCommand what /compact works with: { compact: { model } }'
      throw new EverthreadError('COMMAND_NEEDS_MODEL', message)
    }
    const receipt = await session.compact({ ...compact, ...(instructions === '' ? {} : { instructions }) })
    const { outcome, why, compaction, tokens } = receipt
    const done = `Summarised ${compaction?.archived} messages: ${tokens.before} tokens became ${tokens.after}.`
    return { text: outcome === 'compacted' ? done : `Nothing was changed: ${why ?? outcome}.`, data: receipt }
  },

  async title(session, argument) {
    if (argument !== '') await session.update({ title: argument })
    const title = argument === '' ? await session.generateTitle() : argument
    return { text: title ?? 'There is no title before something was said.', data: { title: title ?? null } }
  },

  async fork(session, argument) {
    const last = (await session.messages.list({ limit: 1 }))[0]
    if (last?.id === undefined) throw usage('fork', 'There is nothing to go on from yet')
    const branch = await session.branches.fork({ from: last.id, ...(argument === '' ? {} : { name: argument }) })
    await session.branches.switch(branch.name)
    return { text: `Now on ${branch.name}. /branches shows all.`, data: { branch: { ...branch, current: true } } }
  },

  async branches(session, argument) {
    if (argument !== '') await session.branches.switch(argument)
    const branches = await session.branches.list()
    const lines = branches.map(
      ({ name, current, messages }) =>
        `${current ? '*' : ' '} ${name} (${messages} ${messages === 1 ? 'message' : 'messages'})`,
    )
    return { text: lines.join('\n'), data: { branches } }
  },

  async export(session, argument) {
    const format = argument === '' ? 'markdown' : argument.toLowerCase()
    if (!FORMATS.includes(format)) throw usage('export')
    const content = await session.export({ format: format as ExportFormat })
    return { text: content, data: { format, content } }
  },

  help: plain('help', async () => {
    const commands = Object.entries(COMMANDS).map(([name, { argument, does }]) => ({
      command: `/${name}${argument === undefined ? '' : ` ${argument}`}`,
      does,
    }))
    const width = Math.max(...commands.map(({ command }) => command.length))
    return {
      text: commands.map(({ command, does }) => `${command.padEnd(width)}  ${does}`).join('\n'),
      data: { commands },
    }
  }),
}

/** A command that takes no argument. */
function plain(name: CommandName, work: (session: Session, options: CommandOptions) => Promise<CommandOutput>): Work {
  return async (session, argument, options) => {
    if (argument !== '') throw usage(name)
    return work(session, options)
  }
}

function usage(name: CommandName, problem?: string): EverthreadError {
  const { argument } = COMMANDS[name]
  const form = `Say /${name}${argument === undefined ? ' and nothing else' : ` ${argument}`}`
  return new EverthreadError('COMMAND_USAGE', problem ?? form)
}

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const timeText = (time: number): string => new Date(time).toISOString()
