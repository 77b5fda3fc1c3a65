import type { NeutralMessage } from '../message/message.ts'
import { type PageHead, type Shown, shownParts, speakerOf, timeText } from './shown.ts'

/** A conversation as Markdown, piece by piece: to read and to paste, not to import. */
export async function* markdownPage(
  { title, createdAt }: PageHead,
  messages: Iterable<NeutralMessage> | AsyncIterable<NeutralMessage>,
): AsyncGenerator<string> {
  yield `# ${inline(title)}\n`
  const begun = timeText(createdAt)
  if (begun !== undefined) yield `\nBegun ${begun}.\n`
  for await (const message of messages) {
    const at = timeText(message.createdAt)
    yield `\n## ${inline(speakerOf(message))}${at === undefined ? '' : ` · ${at}`}\n`
    for (const shown of shownParts(message)) yield `\n${block(shown)}\n`
  }
}

function block(shown: Shown): string {
  switch (shown.kind) {
    case 'text':
      return shown.text
    case 'detail':
      return `${inline(shown.label)}:\n\n${fenced(shown.text)}`
    case 'image':
      return `![image](data:${shown.mime};base64,${shown.base64.replace(/\s/g, '')})`
    case 'link':
      return `[${inline(shown.label)}](<${shown.href.replace(/[<>\s\\]/g, encodeURIComponent)}>)`
  }
}

/** A fence longer than any inside. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

const inline = (text: string): string =>
  text
    .replace(/[\\`*_[\]#]/g, '\\$&')
    .replace(/[<&]/g, (c) => (c === '<' ? '&lt;' : '&amp;'))
    .replace(/\s+/g, ' ')
