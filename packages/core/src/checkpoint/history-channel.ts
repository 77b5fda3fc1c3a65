/** Where a graph keeps the whole list of a channel that otherwise stores only its writes. */
export const snapshotOf = (channel: string): string => `\u0000${channel}`
