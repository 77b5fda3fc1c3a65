import { sqlite } from '../subjects/sqlite.ts'
import { graphsDoTheSame } from './same-as-memory-saver.ts'

graphsDoTheSame(sqlite, ['one saver that shares objects', 'a new saver for each run'])
