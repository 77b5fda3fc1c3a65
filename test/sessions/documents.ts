import { DocumentDigest, type DocumentItem } from '../../packages/core/src/export/session-document.ts'

/** A JSON export as somebody would leave it who knows how the digest is made. */
export function redigest(document: Record<string, unknown>): string {
  const { messages, rows, digest: _, ...head } = document
  const digest = new DocumentDigest()
  digest.add(head as unknown as DocumentItem)
  for (const message of messages as unknown[]) digest.add({ message } as DocumentItem)
  for (const row of rows as unknown[]) digest.add({ row } as DocumentItem)
  return JSON.stringify({ ...document, digest: digest.end() })
}
