import type { NeutralMessage } from '../message/message.ts'
import { type PageHead, type Shown, shownParts, speakerOf, timeText } from './shown.ts'

const STYLE = [
  'body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}',
  'article{border-top:1px solid #ddd;padding:.75rem 0}h2{font-size:1rem;margin:0}time{color:#666;font-weight:400}',
  'p,pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0}pre{background:#f4f4f6;padding:.5rem}img{max-width:100%}',
  '@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#17171a}pre{background:#222226}article{border-color:#333}}',
].join('')

/** Nothing is fetched and nothing runs, even if some text found its way out of where it belongs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

/** A conversation as one page that needs nothing else, piece by piece. */
export async function* htmlPage(
  { title, createdAt }: PageHead,
  messages: Iterable<NeutralMessage> | AsyncIterable<NeutralMessage>,
): AsyncGenerator<string> {
  yield `<!doctype html>\n<html><head><meta charset="utf-8">`
  yield `<meta http-equiv="Content-Security-Policy" content="${safe(POLICY)}">`
  yield '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
  yield `<title>${safe(title)}</title><style>${STYLE}</style></head>\n<body><h1>${safe(title)}</h1>\n`
  if (createdAt !== undefined) yield `<p>Begun ${time(createdAt)}</p>\n`
  for await (const message of messages) {
    yield `<article><h2>${safe(speakerOf(message))} ${time(message.createdAt)}</h2>`
    for (const shown of shownParts(message)) yield block(shown)
    yield '</article>\n'
  }
  yield '</body></html>\n'
}

function block(shown: Shown): string {
  switch (shown.kind) {
    case 'text':
      return `<p>${safe(shown.text)}</p>`
    case 'detail':
      return `<details><summary>${safe(shown.label)}</summary><pre>${safe(shown.text)}</pre></details>`
    case 'image':
      return `<img alt="" src="data:${safe(shown.mime)};base64,${safe(shown.base64)}">`
    case 'link':
      return `<p><a rel="noopener noreferrer nofollow" href="${safe(shown.href)}">${safe(shown.label)}</a></p>`
  }
}

function time(at: number | undefined): string {
  const text = timeText(at)
  return text === undefined ? '' : `<time>${text}</time>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** For text and quoted attributes alike. A page may hold no NUL, and no half of a surrogate pair. */
const safe = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll('\0', '\ufffd')
    .replace(/[&<>"']/g, (c) => ENTITIES[c] as string)
