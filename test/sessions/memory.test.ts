import { memory } from '../interop/subjects/memory.ts'
import { sessionSuite } from './suite.ts'

sessionSuite(memory)
