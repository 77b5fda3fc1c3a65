import { sqlite } from '../subjects/sqlite.ts'
import { keepsHistories } from './with-message-history.ts'

keepsHistories(sqlite)
