import { memory } from '../subjects/memory.ts'
import { behavesAsInMemoryStore } from './as-in-memory-store.ts'

behavesAsInMemoryStore(memory, 300)
