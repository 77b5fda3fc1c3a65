import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { htmlPage } from '../../src/export/html.ts'
import { markdownPage } from '../../src/export/markdown.ts'
import type { NeutralMessage } from '../../src/index.ts'

async function* each(messages: NeutralMessage[]): AsyncGenerator<NeutralMessage> {
  yield* messages
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

const html = (messages: NeutralMessage[], title = 'A trip') => textOf(htmlPage({ title, createdAt: 0 }, each(messages)))
const markdown = (messages: NeutralMessage[]) => textOf(markdownPage({ title: 'A trip', createdAt: 0 }, each(messages)))

const EVIL = `</pre></style></title><script>alert('"&')</script><img src=x onerror=alert(1)>\0\ud800`

/** One message with every kind of part, each text of which is given. */
const everyPart = (text: string): NeutralMessage => ({
  role: text,
  name: text,
  createdAt: 0,
  parts: [
    { type: 'text', content: text },
    { type: 'reasoning', content: text },
    { type: 'tool_call', id: text, name: text, arguments: { [text]: text } },
    { type: 'tool_call_response', id: text, response: text },
    { type: 'blob', modality: text, mime_type: text, content: text },
    { type: 'blob', modality: 'image', mime_type: 'image/png', content: text },
    { type: 'uri', modality: text, uri: text },
    { type: 'uri', modality: text, uri: `https://example.com/${text}` },
    { type: 'file', modality: text, file_id: text },
    { type: `x-${text}`, payload: text },
  ],
})

describe('a page of HTML', () => {
  it('shows who said what, and when', async () => {
    const page = await html([
      { role: 'user', createdAt: 1_000, parts: [{ type: 'text', content: 'Hello\nthere' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', name: 'search', arguments: { q: 'Oslo' } }] },
      { role: 'tool', name: 'search', parts: [{ type: 'tool_call_response', response: 'Sunny' }] },
    ])
    expect(page).toContain('<h2>user <time>1970-01-01T00:00:01.000Z</time></h2><p>Hello\nthere</p>')
    expect(page).toContain('<summary>Called search</summary><pre>{\n  &quot;q&quot;: &quot;Oslo&quot;\n}</pre>')
    expect(page).toContain('<h2>tool (search) </h2><details><summary>Result</summary><pre>Sunny</pre>')
  })

  it('opens alone: it names nothing to fetch or to run, and forbids it', async () => {
    const page = await html([everyPart('hello!')])
    expect(page).toContain('content="default-src &#39;none&#39;; style-src')
    expect(page).not.toMatch(/<(script|link|iframe|object|embed|form|base)\b/i)
    expect(page.match(/\b(src|href)="[^"]*"/g)).toEqual(['href="https://example.com/hello!"'])
  })

  it('shows images that are inline, and links that lead to the web, and no others', async () => {
    const page = await html([
      {
        role: 'user',
        parts: [
          { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'iVBORw0KGgo=' },
          { type: 'blob', modality: 'image', mime_type: 'image/svg+xml', content: 'iVBORw0KGgo=' },
          { type: 'blob', modality: 'image', mime_type: 'image/png', content: '"><script>' },
          { type: 'uri', modality: 'page', uri: 'javascript:alert(1)' },
          { type: 'uri', modality: 'page', uri: ' data:text/html,x' },
        ],
      },
    ])
    expect(page.match(/<img/g)).toHaveLength(1)
    expect(page).toContain('<img alt="" src="data:image/png;base64,iVBORw0KGgo=">')
    expect(page).not.toContain('<a ')
  })

  it('lets no text out of its place', async () => {
    const [plain, evil] = [await html([everyPart('x!')], 'x!'), await html([everyPart(EVIL)], EVIL)]
    const marks = (page: string) => page.match(/[<>"'\0\ud800]/gu)?.join('')
    expect(marks(evil)).toBe(marks(plain))
    expect(evil).toContain('&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;')
  })

  it('lets no text out of its place, whatever it is', async () => {
    const shape = (page: string) => page.match(/[<>"']/g)?.join('')
    const expected = shape(await html([everyPart('!')], '!'))
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(...'<>"\'&/\\=`! \0\ud800', '<!--', ']]>') }),
        async (text) => {
          expect(shape(await html([everyPart(`!${text}`)], `!${text}`))).toBe(expected)
        },
      ),
    )
  })
})

describe('a page of Markdown', () => {
  it('shows who said what, and when', async () => {
    const page = await markdown([
      { role: 'user', createdAt: 1_000, parts: [{ type: 'text', content: 'Hello *there*' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', name: 'read_file', arguments: { path: 'a' } }] },
    ])
    expect(page).toBe(
      [
        '# A trip',
        '',
        'Begun 1970-01-01T00:00:00.000Z.',
        '',
        '## user · 1970-01-01T00:00:01.000Z',
        '',
        'Hello *there*',
        '',
        '## assistant',
        '',
        'Called read\\_file:',
        '',
        '```\n{\n  "path": "a"\n}\n```',
        '',
      ].join('\n'),
    )
  })

  it('fences a result off, whatever fences it holds', async () => {
    const page = await markdown([{ role: 'tool', parts: [{ type: 'tool_call_response', response: '```\n````js' }] }])
    expect(page).toContain('`````\n```\n````js\n`````')
  })

  it('keeps labels and addresses on their line', async () => {
    const page = await markdown([everyPart('a](b)\n# <i>')])
    expect(page).toContain('## a\\](b) \\# &lt;i> (a\\](b) \\# &lt;i>) · 1970')
    expect(page).toContain('](<https://example.com/a](b)%0A#%20%3Ci%3E>)')
  })
})
