import { postgres } from '../subjects/postgres.ts'
import { graphsDoTheSame } from './same-as-memory-saver.ts'

graphsDoTheSame(postgres, ['one saver that shares objects'])
