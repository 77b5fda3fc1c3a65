import { api, post } from './api.js'
import { showContext } from './context-bar.js'
import { Conversation } from './conversation.js'
import { byId, element } from './element.js'
import { follow } from './follow.js'

/** The chat on the page: what is stored of it, what is being said in it, and what can be done with it. */
export class OpenChat {
  #conversation
  #id
  #facts
  #events
  #answer
  #hasBegun = false
  #heard = 0
  #guarded
  #onDrop
  #onChange

  /**
   * `guarded` runs what may fail, `onDrop` hears when a stream is cut, and `onChange` when the chat has another title or
   * state, or begins or ends being busy.
   */
  constructor({ guarded, onDrop, onChange }) {
    this.#guarded = guarded
    this.#onDrop = onDrop
    this.#onChange = onChange
    const onFork = (from) => void guarded(() => this.#fork(from))
    this.#conversation = new Conversation(byId('messages'), { onFork })
  }

  get id() {
    return this.#id
  }

  get facts() {
    return this.#facts
  }

  get isBusy() {
    return this.#answer !== undefined || this.#conversation.isWaiting
  }

  get isEmpty() {
    return this.#conversation.isEmpty
  }

  /** Shows another chat, or none. */
  async open(id) {
    this.close()
    this.#id = id
    this.#facts = undefined
    this.#conversation.dropLive()
    this.#conversation.stopWaiting()
    this.#conversation.show([])
    byId('context').hidden = true
    byId('earlier').hidden = true
    this.#onChange()
    if (id) await this.listen()
  }

  /** Follows the chat; what came meanwhile is loaded when the stream is ready. */
  async listen() {
    const id = this.#id
    this.#facts = await api(this.#path())
    if (id !== this.#id || this.#events) return
    const handlers = {
      ready: () => void this.#guarded(() => this.sync()),
      reset: () => void this.#guarded(() => this.sync()),
      message: (message) => {
        this.#heard++
        this.#conversation.add(message)
        this.#follow()
        this.#onChange()
      },
      end: () => this.#onDrop(),
    }
    this.#events = follow(this.#path('events'), handlers, this.#onDrop)
    await this.sync()
  }

  /** Lets go of the streams: the answer goes on without us. */
  close() {
    this.#events?.close()
    this.#answer?.close()
    this.#events = undefined
    this.#answer = undefined
  }

  /** Shows what is stored. What comes while that is on its way is newer: then it is loaded again. */
  async sync() {
    const id = this.#id
    if (!id) return
    let heard
    let loaded
    do {
      heard = this.#heard
      loaded = await Promise.all([
        api(this.#path()),
        api(this.#path('messages')),
        api(this.#path('branches')),
        api(this.#path('context')),
      ])
      if (id !== this.#id) return
    } while (heard !== this.#heard)
    const [facts, { messages, before }, { branches }, context] = loaded
    this.#facts = facts
    this.#conversation.show(messages)
    this.#showEarlier(before)
    showBranches(branches)
    this.#follow()
    showContext(byId('context'), context)
    this.#onChange()
  }

  /** Waits until the question is stored, in the chat of this id; the answer then comes by itself. */
  async ask(id, question) {
    if (id === this.#id) this.#conversation.wait(question.id, question.text)
    this.#onChange()
    try {
      await post(this.#path('ask', id), question)
    } catch (error) {
      if (id === this.#id) this.#conversation.stopWaiting()
      throw error
    } finally {
      this.#onChange()
    }
    if (id === this.#id) this.#follow(true)
    this.#onChange()
  }

  stop() {
    return post(this.#path('stop'))
  }

  async #fork(from) {
    await post(this.#path('fork'), { from, switch: true })
    await this.sync()
    byId('question').focus()
  }

  async switchTo(branch) {
    await post(this.#path('switch'), { branch })
    await this.sync()
  }

  async end() {
    await post(this.#path('end'))
    await this.sync()
  }

  delete() {
    return api(this.#path(), { method: 'DELETE' })
  }

  #path(what, id = this.#id) {
    return `/chats/${encodeURIComponent(id)}${what ? `/${what}` : ''}`
  }

  /** Listens to what is being said, when something is unanswered. */
  #follow(isAsked = false) {
    if (this.#answer || this.#facts?.state === 'archived') return
    if (!isAsked && !this.#conversation.awaitsAnswer) return
    this.#hasBegun = false
    const handlers = {
      begin: () => {
        this.#hasBegun = true
        this.#conversation.dropLive()
      },
      piece: ({ piece }) => {
        this.#hasBegun = true
        this.#conversation.piece(piece)
      },
      done: () => void this.#guarded(() => this.#answered()),
    }
    this.#answer = follow(this.#path('answer'), handlers, this.#onDrop)
  }

  async #answered() {
    const isLate = this.#conversation.awaitsAnswer && !this.#hasBegun
    this.#answer.close()
    // While what was stored is on its way nothing is followed anew.
    const loading = { close: () => undefined }
    this.#answer = loading
    try {
      await this.sync()
    } finally {
      if (this.#answer === loading) {
        this.#answer = undefined
        if (!isLate) this.#follow()
        this.#onChange()
      }
    }
  }

  #showEarlier(before) {
    const button = byId('earlier')
    button.hidden = before === undefined
    button.onclick = () => void this.#guarded(() => this.#loadEarlier(before))
  }

  async #loadEarlier(before) {
    const query = new URLSearchParams({ before })
    const page = await api(`${this.#path('messages')}?${query}`)
    this.#conversation.prepend(page.messages)
    this.#showEarlier(page.before)
  }
}

function showBranches(branches) {
  byId('branches').hidden = branches.length < 2
  const options = branches.map(({ name, current }) => element('option', { value: name, selected: current }, name))
  byId('branch').replaceChildren(...options)
}
