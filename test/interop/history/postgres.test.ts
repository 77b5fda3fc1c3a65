import { postgres } from '../subjects/postgres.ts'
import { keepsHistories } from './with-message-history.ts'

keepsHistories(postgres)
