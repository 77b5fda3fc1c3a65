/** Stands where the middle of a text was. */
const MARK = '\n...\n'

/** The first and the last characters of a text, with a mark between. Never cuts a character in two. */
export function keepEnds(text: string, head: number, tail: number): string {
  return `${text.slice(0, safeEnd(text, head))}${MARK}${text.slice(safeStart(text, text.length - tail))}`
}

function safeEnd(text: string, end: number): number {
  return end > 0 && isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end
}

function safeStart(text: string, start: number): number {
  return start > 0 && isHighSurrogate(text.charCodeAt(start - 1)) ? start + 1 : start
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00

/** A soft trim: both ends, and a note that says what is missing and how to have it back. */
export function trimmedText(text: string, head: number, tail: number, handle: string): string {
  return `${keepEnds(text, head, tail)}\n[Trimmed: ${head + tail} of ${text.length} characters kept. Recall: ${handle}]`
}

/** What stands for a result that was cleared. */
export function clearedText(placeholder: string, handle: string): string {
  return `${placeholder} Recall: ${handle}`
}

/**
 * The longest soft trim of a text that costs at most `room` tokens; undefined when nothing useful fits.
 *
 * @param size What a text costs
 */
export function textWithin(
  text: string,
  room: number,
  size: (text: string) => number,
  handle: string,
): string | undefined {
  const whole = size(text)
  if (whole <= room) return text
  let keep = Math.floor((text.length * room) / whole)
  for (let tries = 0; tries < 12 && keep >= 40; tries++) {
    const head = Math.ceil(keep * 0.6)
    const shorter = trimmedText(text, head, keep - head, handle)
    const over = size(shorter) - room
    if (over <= 0) return shorter
    keep = Math.min(Math.floor(keep * 0.9), keep - Math.ceil((over * text.length) / whole))
  }
  return undefined
}
