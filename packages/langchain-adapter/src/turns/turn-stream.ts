import type { Session, Turn, TurnOptions } from '@everthread/core'
import { IterableReadableStream } from '@langchain/core/utils/stream'

export type AnyStream = ReadableStream<unknown>

/**
 * A stream whose run is a turn of the session: it begins when the turn does, and is read ahead, so that a slow reader
 * does not hold the session. Cancelling it ends the run and the turn.
 */
export function turnStream(
  session: Session,
  run: (turn: Turn) => AsyncIterable<unknown>,
  options: TurnOptions,
): AnyStream {
  const cancelled = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, cancelled.signal]) : cancelled.signal
  return new IterableReadableStream<unknown>({
    start(controller) {
      const turn = session.turn(
        async (turn) => {
          for await (const chunk of run(turn)) if (!cancelled.signal.aborted) controller.enqueue(chunk)
        },
        { ...options, signal },
      )
      turn.then(
        () => {
          if (!cancelled.signal.aborted) controller.close()
        },
        (error: unknown) => {
          if (!cancelled.signal.aborted) controller.error(error)
        },
      )
    },
    cancel(reason) {
      cancelled.abort(reason ?? new DOMException('The stream was cancelled', 'AbortError'))
    },
  })
}
