import { sqlite } from '../subjects/sqlite.ts'
import { validateOn } from './validate-on.ts'

validateOn(sqlite, { share: true })
