import type { Script } from './scripted.ts'

const deltas = (n: number, of: string) => Array.from({ length: n }, (_, i) => `${of}${i} `)

/** Three steps with two tools, of 40 chunks of the model. */
export const long: Script['reply'] = (asked, results) =>
  results < 2
    ? {
        reasoning: deltas(2, 'why'),
        texts: deltas(4, 'so'),
        call: { id: `c${results}`, tool: 'lookup', input: { topic: asked } },
      }
    : { texts: deltas(10, 'end') }
export const CHUNKS = 40
export const WHOLE = `${[...deltas(2, 'why'), ...deltas(4, 'so')].join('').repeat(2)}${deltas(10, 'end').join('')}`

export interface Held {
  script: Script
  reached: Promise<void>
  goOn(): void
}

/** The long answer, which stops before one of its chunks until it is told to go on. */
export function held(at: number, reply: Script['reply'] = long): Held {
  const reached = Promise.withResolvers<void>()
  const until = Promise.withResolvers<void>()
  return {
    script: { reply, hold: { at, reached: reached.resolve, until: until.promise } },
    reached: reached.promise,
    goOn: until.resolve,
  }
}

/** Every so many of the chunks. */
export const points = (step: number) => Array.from({ length: Math.ceil(CHUNKS / step) }, (_, i) => i * step)
