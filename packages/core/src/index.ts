export { EverthreadError, FencedError } from './errors.ts'
