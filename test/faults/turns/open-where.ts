import type { Store } from '@everthread/core'
import type { Where } from './child.ts'

/** In a child: the database that the test has made. */
export async function openWhere({ file, address }: Where): Promise<Store> {
  const { openAt }: { openAt(address: string): Store } = await import(`../../interop/subjects/${file}.ts`)
  return openAt(address)
}

export function childArguments<T>(): T {
  return JSON.parse(process.argv[2] ?? 'null') as T
}

export const say = (line: string): boolean => process.stdout.write(`${line}\n`)
