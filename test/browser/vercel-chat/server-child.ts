/** The example's server in a process of its own, for tests to kill: gets ready, then listens when it is told to. */
import { once } from 'node:events'
import { openDesk } from './desk.ts'

export interface ServerOrder {
  file: string
  /** How many words of answers it lets through. Default: all. */
  words?: number
}

const tell = (text: string): unknown => process.send?.(text)
const next = async (): Promise<unknown> => ((await once(process, 'message')) as [unknown])[0]

const order = next()
tell('started')
const { file, words } = (await order) as ServerOrder
const desk = await openDesk({ file })
if (words !== undefined) desk.gate.after(words)
const port = next()
tell('ready')
tell((await desk.start('express', Number(await port))).url)
