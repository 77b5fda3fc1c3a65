import { sqlite } from '../interop/subjects/sqlite.ts'
import { sessionSuite } from './suite.ts'

sessionSuite(sqlite)
