import type { ServerResponse } from 'node:http'
import { freezeHead, headOf, restoreHead, takeOver, tooLate } from './response-head.ts'

/** What must happen around an answer. */
export interface Steps {
  /** Just before the headers are written; `isOpen`: the body is of a length that nobody knows. */
  headers(isOpen: boolean): void
  /** What must be stored by now; undefined when all is. `isEnd`: nothing more will come. */
  pending(isEnd: boolean): Promise<void> | undefined
  /** Nothing of the answer has left: it becomes this error. */
  failed(error: unknown): void
  /** Something could not be stored, and the answer is on its way already. */
  report(error: unknown): void
}

type Method = (...args: never[]) => unknown

/**
 * Puts steps around an answer: its end waits for what must be stored, and so does the first piece of a stream. Headers
 * that are written early wait with it, so that an answer which cannot be stored can still become an error.
 */
export function aroundAnswer(res: ServerResponse, steps: Steps): void {
  const node: Record<'writeHead' | 'write' | 'end' | 'flushHeaders', Method> = {
    writeHead: res.writeHead,
    write: res.write,
    end: res.end,
    flushHeaders: res.flushHeaders,
  }
  const before = headOf(res)
  /** What the first piece of a stream is waiting for, and all that comes behind it. */
  let held: (() => void)[] | undefined
  let isOpened = false
  let isEnded = false
  let hasHead = false
  let isPassing = false

  function pass(name: keyof typeof node, args: never[]): unknown {
    isPassing = true
    try {
      return Reflect.apply(node[name], res, args)
    } finally {
      isPassing = false
    }
  }

  /** The headers count as sent as soon as the handler has decided on them. */
  function claim(isClaimed: boolean): void {
    if (isClaimed) Object.defineProperty(res, 'headersSent', { configurable: true, value: true })
    else Reflect.deleteProperty(res, 'headersSent')
  }

  function open(): void {
    if (isOpened) return
    isOpened = true
    const work = steps.pending(false)
    if (!work) return
    held = []
    const release = () => {
      const waiting = held ?? []
      held = undefined
      for (const step of waiting) step()
      if (!isEnded && !res.writableNeedDrain) res.emit('drain')
    }
    // Should it have failed, the end tries again, and tells.
    work.then(release, release)
  }

  function finish(args: never[]): void {
    const work = steps.pending(true)
    if (!work) {
      pass('end', args)
      return
    }
    const isBegun = isOpened || hasHead
    const thaw = isBegun ? () => undefined : freezeHead(res)
    claim(true)
    const leave = () => {
      thaw()
      pass('end', args)
    }
    work.then(leave, (error: unknown) => {
      if (isBegun || res.destroyed) {
        steps.report(error)
        leave()
        return
      }
      thaw()
      restoreHead(res, before)
      claim(false)
      isEnded = false
      steps.failed(error)
    })
  }

  res.writeHead = (...args: unknown[]) => {
    if (isPassing || hasHead) {
      if (!hasHead) {
        hasHead = true
        steps.headers(!isEnded && !res.hasHeader('Content-Length'))
      }
      return Reflect.apply(node.writeHead, res, args)
    }
    if (res.headersSent) throw tooLate('write')
    // Node says what is wrong with a status that is none.
    if (!takeOver(res, args)) return Reflect.apply(node.writeHead, res, args)
    claim(true)
    return res
  }

  res.flushHeaders = () => {
    open()
    const step = () => void pass('flushHeaders', [])
    if (held) held.push(step)
    else step()
  }

  res.write = (...args: unknown[]) => {
    if (isEnded) return false
    open()
    if (!held) return pass('write', args as never[]) as boolean
    held.push(() => pass('write', args as never[]))
    return false
  }

  res.end = (...args: unknown[]) => {
    if (isEnded) return res
    isEnded = true
    if (held) held.push(() => finish(args as never[]))
    else finish(args as never[])
    return res
  }

  // Also when the client has gone and the handler never ends its answer.
  res.once('close', () => steps.pending(true)?.catch((error: unknown) => steps.report(error)))
}
