import type { Printer } from './print.ts'

/** Prints each tool that the model asks for. */
export function sayCall(print: Printer): (name: string, args: Record<string, unknown>) => void {
  return (name, args) => {
    print.note([name, ...Object.values(args).map(String)].join(' '))
    print.progress('reading ...')
  }
}
