import { sqlite } from '../subjects/sqlite.ts'
import { agentsGetContexts } from './agents-in-context.ts'

agentsGetContexts(sqlite)
