import { postgres } from '../subjects/postgres.ts'
import { validateOn } from './validate-on.ts'

validateOn(postgres)
