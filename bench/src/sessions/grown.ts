import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subject } from '../subjects.ts'
import { openThread } from '../thread.ts'
import type { TurnSource } from '../turns.ts'

const turns = 5

/**
 * What sessions take that were not put at once but grew: five turns of a tool-calling graph, that is 20 messages in 25
 * checkpoints. The first one is not counted, as it brings the tables along.
 */
export async function grownSessions(
  subject: Subject,
  count: number,
  source: TurnSource,
): Promise<{ count: number; ofJson: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const opened = await subject.open(folder, `bench_grown_${process.pid}`)
  const all = source.take(turns * (count + 1))
  let json = 0
  let empty = 0
  try {
    for (let index = 0; index <= count; index++) {
      const own = all.slice(index * turns, (index + 1) * turns)
      const thread = openThread(opened.saver, own, `customer-${index}`)
      for (let turn = 0; turn < turns; turn++) await thread.run(turn)
      if (index === 0) empty = (await opened.storedBytes?.()) ?? 0
      else json += Buffer.byteLength(await thread.messagesJson())
    }
    return { count, ofJson: (((await opened.storedBytes?.()) ?? 0) - empty) / json }
  } finally {
    await opened.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
