import type { Store } from '@everthread/core'
import type { SerializerProtocol } from '@langchain/langgraph-checkpoint'

export interface EverthreadSaverOptions {
  store: Store
  /** A serialiser of your own. Its values are stored whole: nothing is shared between checkpoints but what is equal. */
  serde?: SerializerProtocol
  /** The outermost scope: nothing crosses it. Default `default`. */
  tenant?: string
  /** The channel of the root graph that holds the conversation. Default `messages`. */
  messagesChannel?: string
  /**
   * Hand out the same message objects again, as long as a walk shows them unchanged. Default false: every
   * `getTuple` makes new ones. True saves reviving the history at every turn; a message that was changed in place
   * is seen either way.
   */
  share?: boolean
  /**
   * About how much text of entries to keep in memory, in bytes; 0 keeps none. Default: 64 MiB, or an eighth of the
   * heap where that is less.
   */
  cacheBytes?: number
  /**
   * What becomes of a run that goes on from a checkpoint which is no longer the newest: `fork` keeps both lines, of
   * which the newer is seen; `reject` refuses the put with `CONFLICT`, unless the run was given that checkpoint_id.
   * `withTurns` keeps runs from getting there. Default `fork`. With `reject`, run graphs with `durability: 'sync'`:
   * otherwise LangGraph does not look at the refusal until the run is over, and Node ends the process before.
   */
  concurrency?: 'fork' | 'reject'
}
