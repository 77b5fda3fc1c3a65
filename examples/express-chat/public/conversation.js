import { element } from './element.js'

const names = { user: 'You', assistant: 'Desk' }
const callsOf = ({ parts }) => parts.filter(({ type }) => type === 'tool_call')
const textOf = ({ parts }) => parts.map(({ type, content }) => (type === 'text' ? content : '')).join('')

/** The messages of a chat on the page: stored ones, the one that is being said, and the one that waits to be stored. */
export class Conversation {
  #list
  #onFork
  #messages = []
  #items = new Map()
  #live
  #waiting

  constructor(list, { onFork }) {
    this.#list = list
    this.#onFork = onFork
  }

  /** Whether the last word is a question, or a step on the way to an answer. */
  get awaitsAnswer() {
    const last = this.#messages.at(-1)
    return last !== undefined && (last.role !== 'assistant' || callsOf(last).length > 0)
  }

  get isEmpty() {
    return this.#messages.length === 0 && !this.#waiting
  }

  /** All of it. What is there stays as it is, with its focus and what has been unfolded, up to where it differs. */
  show(messages) {
    let same = 0
    while (same < messages.length && messages[same].id === this.#messages[same]?.id) same++
    for (const { id } of this.#messages.splice(same)) {
      this.#items.get(id)?.remove()
      this.#items.delete(id)
    }
    for (const message of messages.slice(same)) this.add(message)
  }

  prepend(messages) {
    this.show([...messages, ...this.#messages])
  }

  /** A stored message: in the place of what was said of it so far. */
  add(message) {
    if (this.#items.has(message.id)) return
    this.#messages.push(message)
    const item = this.#itemOf(message)
    this.#items.set(message.id, item)
    if (this.#live?.id === message.id) this.dropLive()
    if (this.#waiting?.id === message.id) this.stopWaiting()
    if (item) this.#list.insertBefore(item, this.#live?.item ?? this.#waiting?.item ?? null)
  }

  /** Text of the message that is being said. */
  piece({ id, text }) {
    if (this.#items.has(id)) return
    if (this.#live?.id !== id) {
      this.dropLive()
      const body = element('p', { className: 'text' })
      const item = element('li', { className: 'assistant live' }, head('assistant'), body)
      this.#live = { id, item, body }
      this.#list.insertBefore(item, this.#waiting?.item ?? null)
    }
    this.#live.body.append(text)
  }

  /** The turn that said it is gone: another begins anew. */
  dropLive() {
    this.#live?.item.remove()
    this.#live = undefined
  }

  /** A question on its way. */
  wait(id, text) {
    const item = element('li', { className: 'user waiting' }, head('user'), element('p', { className: 'text' }, text))
    this.#waiting = { id, item }
    this.#list.append(item)
  }

  stopWaiting() {
    this.#waiting?.item.remove()
    this.#waiting = undefined
  }

  get isWaiting() {
    return this.#waiting !== undefined
  }

  #itemOf(message) {
    if (message.role === 'tool') {
      this.#answerCalls(message)
      return undefined
    }
    const text = textOf(message)
    const item = element('li', { className: message.role }, head(message.role))
    if (text !== '') item.append(element('p', { className: 'text' }, text))
    for (const call of callsOf(message)) item.append(stepOf(call))
    if (message.metadata?.stopped) item.append(element('p', { className: 'note' }, 'Stopped'))
    if (text !== '') item.append(this.#forkButton(message, text))
    return item
  }

  #answerCalls({ parts }) {
    for (const { id, response } of parts) {
      const step = this.#list.querySelector(`details[data-call="${CSS.escape(id)}"]:not([data-done])`)
      if (!step) continue
      step.dataset.done = ''
      step.append(element('pre', { tabIndex: 0 }, String(response)))
    }
  }

  #forkButton(message, text) {
    const isQuestion = message.role === 'user'
    const start = text.length > 40 ? `${text.slice(0, 40)}…` : text
    return element(
      'button',
      {
        type: 'button',
        className: 'quiet fork',
        'aria-label': isQuestion ? `Answer again: ${start}` : `Fork here: ${start}`,
        onclick: () => this.#onFork(message.id),
      },
      isQuestion ? 'Answer again' : 'Fork here',
    )
  }
}

const head = (role) => element('p', { className: 'who' }, names[role] ?? role)

function stepOf({ id, name, arguments: args }) {
  const words = Object.values(args ?? {}).map(String)
  const step = element('details', {}, element('summary', {}, [name.replaceAll('_', ' '), ...words].join(' ')))
  step.dataset.call = id
  return step
}
