import { DocumentDigest, type DocumentItem } from './session-document.ts'

/** One line for each item, then the digest. */
export async function* writeJsonLines(items: AsyncIterable<DocumentItem>): AsyncGenerator<string> {
  const digest = new DocumentDigest()
  for await (const item of items) yield `${digest.add(item)}\n`
  yield `${JSON.stringify({ digest: digest.end() })}\n`
}

/** The same items as one object. */
export async function* writeJson(items: AsyncIterable<DocumentItem>): AsyncGenerator<string> {
  const digest = new DocumentDigest()
  let section: 'head' | 'messages' | 'rows' = 'head'
  const open = { head: '', messages: ',"messages":[', rows: '],"rows":[' }
  for await (const item of items) {
    digest.add(item)
    if ('everthread' in item) {
      yield JSON.stringify(item).slice(0, -1)
      continue
    }
    const to = 'message' in item ? 'messages' : 'rows'
    if (section === to) yield ','
    else if (section === 'head' && to === 'rows') yield `${open.messages}${open.rows}`
    else yield open[to]
    section = to
    yield JSON.stringify('message' in item ? item.message : item.row)
  }
  if (section === 'head') yield open.messages
  if (section !== 'rows') yield open.rows
  yield `],"digest":${JSON.stringify(digest.end())}}\n`
}
