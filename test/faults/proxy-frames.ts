/** Where a complete RESP value that starts at `from` ends, or undefined while some of it is still to come. */
export function endOfFrame(data: Buffer, from = 0): number | undefined {
  const lineEnd = data.indexOf('\r\n', from)
  if (lineEnd < 0) return undefined
  const line = data.toString('latin1', from + 1, lineEnd)
  const next = lineEnd + 2
  switch (data.toString('latin1', from, from + 1)) {
    case '$':
    case '=':
    case '!':
      return Number(line) < 0 ? next : within(data, next + Number(line) + 2)
    case '*':
    case '~':
    case '>':
      return endOfFrames(data, next, Number(line))
    case '%':
    case '|':
      return endOfFrames(data, next, 2 * Number(line))
    default:
      return next
  }
}

/** The first words of a request, which is an array of bulk strings: the command, and what of its arguments is text. */
export function wordsOf(request: Buffer, most: number): string[] {
  const words: string[] = []
  let at = request.indexOf('\r\n') + 2
  while (words.length < most && at < request.length) {
    const lineEnd = request.indexOf('\r\n', at)
    const length = Number(request.toString('latin1', at + 1, lineEnd))
    words.push(request.toString('utf8', lineEnd + 2, lineEnd + 2 + length))
    at = lineEnd + 2 + length + 2
  }
  return words
}

function endOfFrames(data: Buffer, from: number, count: number): number | undefined {
  let at: number | undefined = from
  for (let frame = 0; frame < count; frame++) {
    at = endOfFrame(data, at)
    if (at === undefined) return undefined
  }
  return at
}

function within(data: Buffer, end: number): number | undefined {
  return end <= data.length ? end : undefined
}
