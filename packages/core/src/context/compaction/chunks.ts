import type { CompactionRange } from './ranges.ts'

/**
 * The archived places in groups of at most so many tokens, cut only where steps begin. A step that is larger alone is a
 * group of its own.
 *
 * @param sizeOf What a message is in the transcript, in tokens.
 */
export function chunksOf(
  { archived, cuts }: CompactionRange,
  sizeOf: (place: number) => number,
  maxTokens: number,
): number[][] {
  const begins = new Set(cuts)
  const chunks: number[][] = []
  let step: number[] = []
  let size = 0
  const close = (): void => {
    const stepSize = step.reduce((sum, place) => sum + sizeOf(place), 0)
    const last = chunks.at(-1)
    if (last && size + stepSize <= maxTokens) {
      last.push(...step)
      size += stepSize
    } else if (step.length > 0) {
      chunks.push(step)
      size = stepSize
    }
    step = []
  }
  for (const place of archived) {
    if (begins.has(place)) close()
    step.push(place)
  }
  close()
  return chunks
}
