import { sqlite } from '../subjects/sqlite.ts'
import { behavesAsInMemoryStore } from './as-in-memory-store.ts'

behavesAsInMemoryStore(sqlite, 100)
