import type { Subject } from '../subjects.ts'
import { ReferenceSaver, WalkingReferenceSaver } from './reference-saver.ts'

export const reference: Subject = {
  name: 'reference keeper',
  kind: 'floor',
  open: async () => ({ saver: new ReferenceSaver(), close: async () => undefined }),
}

export const walking: Subject = {
  name: 'reference keeper + walk',
  kind: 'floor',
  open: async () => ({ saver: new WalkingReferenceSaver(), close: async () => undefined }),
}
