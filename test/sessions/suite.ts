import { describe } from 'vitest'
import type { Subject } from '../interop/subjects/subject.ts'
import { Ground } from './ground.ts'
import { data } from './topics/data.ts'
import { messages } from './topics/messages.ts'

/** What sessions promise on every store, by topic. A topic defines its tests on the ground that it is given. */
const topics: Record<string, (ground: Ground) => void> = { messages, data }

export function sessionSuite(subject: Subject): void {
  describe(`sessions on ${subject.name}`, () => {
    const ground = new Ground(subject)
    for (const [name, topic] of Object.entries(topics)) describe(name, () => topic(ground))
  })
}
