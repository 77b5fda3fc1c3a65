import {
  contentSnapshots,
  createSerialiser,
  type Extension,
  identitySnapshots,
  type ValueFormat,
} from '@everthread/core'
import { historyFormat } from '../messages/history-format.ts'
import { langchainExtensions } from '../values/extensions.ts'
import { dumpedExtension, refusedDumped } from './dumped.ts'

/** How channel values become text: messages as neutral messages, everything else by the serialiser. */
export function saverFormat({ ownSerde, share }: { ownSerde: boolean; share: boolean }): ValueFormat {
  const extensions: Extension[] = ownSerde ? [dumpedExtension] : langchainExtensions
  const { stringify, parse } = createSerialiser(ownSerde ? extensions : [...extensions, refusedDumped])
  // Objects that are handed out again are the same; copies have to be known by what they hold.
  const snapshots = share ? identitySnapshots(extensions) : contentSnapshots(extensions)
  const format: ValueFormat = { stringify, parse, snapshots }
  return ownSerde ? format : { ...format, history: historyFormat }
}
