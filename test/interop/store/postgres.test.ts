import { postgres } from '../subjects/postgres.ts'
import { behavesAsInMemoryStore } from './as-in-memory-store.ts'

behavesAsInMemoryStore(postgres, 40)
