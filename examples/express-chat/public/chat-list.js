import { api } from './api.js'
import { byId, element } from './element.js'

const PAGE = 20

/** The caller's chats, newest first, a page at a time. */
export class ChatList {
  #list
  #more
  #onOpen
  #current
  #cursor

  constructor({ guarded, onOpen }) {
    this.#list = byId('chats')
    this.#more = byId('older-chats')
    this.#onOpen = onOpen
    this.#more.onclick = () => void guarded(() => this.#load())
  }

  async refresh() {
    this.#cursor = undefined
    await this.#load()
  }

  mark(id) {
    this.#current = id
    for (const link of this.#list.querySelectorAll('a')) {
      if (link.dataset.chat === id) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
  }

  async #load() {
    const isFirst = this.#cursor === undefined
    const { chats, cursor } = await pageFrom(this.#cursor)
    const items = chats.map((chat) => element('li', {}, this.#linkTo(chat)))
    const hasFocus = document.activeElement?.dataset.chat
    if (isFirst) this.#list.replaceChildren(...items)
    else this.#list.append(...items)
    if (hasFocus) this.#list.querySelector(`a[data-chat="${CSS.escape(hasFocus)}"]`)?.focus()
    this.#cursor = cursor
    this.#more.hidden = cursor === undefined
    this.mark(this.#current)
  }

  #linkTo({ id, title, state }) {
    const ended = state === 'archived' ? element('span', { className: 'ended' }, ' ended') : undefined
    const link = element('a', { href: `/c/${id}` }, title ?? 'New chat', ended)
    link.dataset.chat = id
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      this.#onOpen(id)
    }
    return link
  }
}

/** A page may be short, or empty, and still have one behind it. */
async function pageFrom(from) {
  const found = []
  let cursor = from
  do {
    const query = new URLSearchParams({ limit: PAGE, ...(cursor && { cursor }) })
    const page = await api(`/chats?${query}`)
    found.push(...page.chats)
    cursor = page.cursor
  } while (cursor !== undefined && found.length < PAGE)
  return { chats: found, cursor }
}
