/** When a session begins afresh with the next message. With both, whichever comes first. `off`: never. */
export type ResetRule =
  | 'off'
  | {
      /** Every day at this hour. */
      daily?: DailyReset
      /** After this many minutes without activity. */
      idleMinutes?: number
    }

export interface DailyReset {
  /**
   * 0 to 23, on the wall clock of the zone. On a day whose clock jumps over the hour, it is the moment of the jump; on
   * a day that has it twice, the first of the two.
   */
  hour: number
  /** An IANA name, such as `Europe/Berlin`. Default `UTC`, so that all processes agree. */
  timeZone?: string
}

export interface ResetPolicy {
  /** What holds where nothing below does. Default: daily at 4 UTC for sessions that a scope names, else off. */
  base?: ResetRule
  /** By a session's `kind`: in place of the base. */
  byKind?: Record<string, ResetRule>
  /** By a session's `channel`: in place of the base and of the kind's. */
  byChannel?: Record<string, ResetRule>
}

/** The rule for sessions that a scope names, unless the policy says otherwise. */
export const DAILY: ResetRule = Object.freeze({ daily: Object.freeze({ hour: 4, timeZone: 'UTC' }) })
