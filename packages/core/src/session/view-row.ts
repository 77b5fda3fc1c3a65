import type { Row } from '../contract/store.ts'
import { decodeText } from './rows.ts'

/** What is seen of a session. */
interface ViewRow {
  /** A hard reset begins another generation of the data; the values of the one before stay, for undo. */
  data: string
}

const FIRST: ViewRow = { data: '0' }

function viewOf(row: Pick<Row, 'value'> | undefined): ViewRow {
  if (!row) return FIRST
  const { d } = JSON.parse(decodeText(row)) as { d: string }
  return { data: d }
}

export const generationOf = (row: Pick<Row, 'value'> | undefined): string => viewOf(row).data
