const DAY_MS = 24 * 3_600_000

/** A date of the calendar; months from 1. */
export interface LocalDate {
  year: number
  month: number
  day: number
}

const FIELDS: Intl.DateTimeFormatOptions = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
}

/** What clocks on the wall show in one time zone, by the database that the runtime brings. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat

  /** @throws RangeError for a zone that the runtime does not know */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { ...FIELDS, timeZone })
  }

  dateAt(time: number): LocalDate {
    const shown = new Date(this.#shown(time))
    return { year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate() }
  }

  /**
   * When the clock shows this full hour on this date: the first time if it does twice, and the moment of the jump if it
   * jumps over it. Undefined for a date that the zone left out, as one did that moved across the date line.
   */
  timeOf({ year, month, day }: LocalDate, hour: number): number | undefined {
    const wanted = Date.UTC(year, month - 1, day, hour)
    // A zone differs from UTC by less than a day, so these offsets are of before and after any jump near the time.
    const before = wanted - this.#offset(wanted - DAY_MS)
    const after = wanted - this.#offset(wanted + DAY_MS)
    const shows = [before, after].filter((time) => this.#shown(time) === wanted)
    if (shows.length > 0) return Math.min(...shows)
    const jump = this.#jump(after, before, wanted)
    return this.#shown(jump) < Date.UTC(year, month - 1, day + 1) ? jump : undefined
  }

  /** The first moment in `(low, high]` at which the clock shows `wanted` or later. */
  #jump(low: number, high: number, wanted: number): number {
    let [early, late] = [low, high]
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2)
      if (this.#shown(middle) >= wanted) late = middle
      else early = middle
    }
    return late
  }

  #offset(time: number): number {
    return this.#shown(time) - Math.floor(time / 1000) * 1000
  }

  /** The date and time shown, as if they were of UTC. */
  #shown(time: number): number {
    const parts = new Map(this.#format.formatToParts(time).map(({ type, value }) => [type, value]))
    const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name))
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  }
}
