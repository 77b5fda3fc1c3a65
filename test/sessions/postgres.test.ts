import { postgres } from '../interop/subjects/postgres.ts'
import { sessionSuite } from './suite.ts'

sessionSuite(postgres)
