import { memory } from '../subjects/memory.ts'
import { validateOn } from './validate-on.ts'

validateOn(memory, { share: true })
