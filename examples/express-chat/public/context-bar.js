import { element } from './element.js'

const parts = [
  ['system', 'Instructions'],
  ['tools', 'Tools'],
  ['history', 'Conversation'],
  ['results', 'Results of tools'],
  ['reasoning', 'Reasoning'],
  ['files', 'Files'],
]
const number = (value) => Math.round(value).toLocaleString('en')

/** What takes how many tokens, as a bar with its legend. */
export function showContext(root, { tokens, byPart }) {
  const shown = parts.filter(([part]) => byPart[part] > 0)
  const bar = element('div', { className: 'bar', 'aria-hidden': 'true' })
  const legend = element('dl')
  for (const [part, name] of shown) {
    const segment = element('span', { className: part })
    segment.style.flexGrow = byPart[part]
    bar.append(segment)
    legend.append(element('div', { className: part }, element('dt', {}, name), element('dd', {}, number(byPart[part]))))
  }
  root.replaceChildren(element('p', {}, `About ${number(tokens)} tokens`), bar, legend)
  root.hidden = shown.length === 0
}
