import type { SessionRow } from './session-row.ts'

/** The channel of the root namespace that holds the history, unless a graph's saver was told of another. */
const MESSAGES = 'messages'

export const historyChannelOf = (row: Pick<SessionRow, 'historyChannel'> | undefined): string =>
  row?.historyChannel ?? MESSAGES

/** What a session's row says of it. */
export const named = (channel: string): Pick<SessionRow, 'historyChannel'> =>
  channel === MESSAGES ? {} : { historyChannel: channel }

/** Where a graph keeps the whole list of a channel that otherwise stores only its writes. */
export const snapshotOf = (channel: string): string => `\u0000${channel}`
