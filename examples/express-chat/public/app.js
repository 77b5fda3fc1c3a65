import { Account } from './account.js'
import { post } from './api.js'
import { ChatList } from './chat-list.js'
import { byId } from './element.js'
import { OpenChat } from './open-chat.js'

const log = byId('log')
const question = byId('question')
const hasMouse = matchMedia('(pointer: fine)').matches
/** What was asked and not stored: asked again as the same, so that it is there once. */
let unsent
let wasBusy = false
let isAtEnd = true

const account = new Account(byId('account'), guarded, async (name) => {
  await go(undefined)
  say(name === null ? 'You are logged out.' : `You are logged in as ${name}.`)
})
const chats = new ChatList({ guarded, onOpen: (id) => go(id) })
const chat = new OpenChat({ guarded, onDrop: () => void checkUp(), onChange: render })

/** Shows a chat, or an empty page for a new one, as a step that the back button undoes. */
async function go(id, { isNew = true } = {}) {
  if (isNew) history.pushState(null, '', id ? `/c/${encodeURIComponent(id)}` : '/')
  setMenu(false)
  complain()
  say('')
  wasBusy = false
  isAtEnd = true
  chats.mark(id)
  await Promise.all([guarded(() => chat.open(id)), guarded(() => chats.refresh())])
  if (hasMouse) question.focus()
}

const idInPath = () => {
  const [, id] = /^\/c\/([^/]+)$/.exec(location.pathname) ?? []
  return id && decodeURIComponent(id)
}

/** A stream was cut: the server is away, or we are logged out, or the chat is gone. */
async function checkUp() {
  await guarded(async () => {
    if ((await account.refresh()) && chat.id) await chat.sync()
  })
}

/** Runs it; what the server refuses is said. */
async function guarded(work) {
  try {
    await work()
    if (byId('notice').dataset.code === 'OFFLINE') complain()
  } catch (error) {
    if (error.code === undefined) throw error
    const isGone = error.status === 404 && chat.id !== undefined
    if (isGone) {
      history.replaceState(null, '', '/')
      await chat.open(undefined)
      await chats.refresh()
    }
    complain(isGone ? { code: error.code, message: 'This chat is not here, or not yours.' } : error)
  }
}

function complain({ code = '', message = '' } = {}) {
  byId('notice').textContent = message
  byId('notice').dataset.code = code
}

const say = (text) => {
  byId('status').textContent = text
}

function render() {
  const { facts, isBusy } = chat
  const isEnded = facts?.state === 'archived'
  const title = facts?.title ?? 'New chat'
  byId('title').textContent = title
  document.title = facts?.title ? `${title} · Chat` : 'Chat'
  byId('chat-tools').hidden = !facts
  byId('end-chat').hidden = isEnded
  byId('welcome').hidden = !chat.isEmpty
  byId('stop').hidden = !isBusy
  byId('send').disabled = isEnded
  byId('branch').disabled = isBusy || isEnded
  log.classList.toggle('busy', isBusy || isEnded)
  log.setAttribute('aria-busy', String(isBusy))
  question.disabled = isEnded
  question.placeholder = isEnded ? 'This chat has ended' : 'Ask something'
  if (isBusy !== wasBusy) {
    say(isBusy ? 'Answering …' : chat.id ? 'Answered.' : '')
    if (!isBusy) void guarded(() => chats.refresh())
  }
  wasBusy = isBusy
}

async function ask(text) {
  complain()
  if (unsent?.text !== text) unsent = { id: crypto.randomUUID(), text }
  const asked = unsent
  question.value = ''
  fitField()
  try {
    const id = chat.id ?? (await beginChat())
    await chat.ask(id, asked)
    unsent = undefined
  } catch (error) {
    question.value = text
    fitField()
    throw error
  }
}

/** Shows the new chat, unless its reader has gone elsewhere meanwhile. */
async function beginChat() {
  const place = location.href
  const { id } = await post('/chats')
  if (location.href === place) await go(id)
  return id
}

/** The field is as high as its text. */
function fitField() {
  question.style.height = 'auto'
  question.style.height = `${question.scrollHeight}px`
}

function setMenu(isOpen) {
  document.body.classList.toggle('menu-open', isOpen)
  byId('menu').setAttribute('aria-expanded', String(isOpen))
}

// What is said stays in view while its reader is at the end.
log.onscroll = () => {
  isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80
}
new ResizeObserver(() => {
  if (isAtEnd) log.scrollTop = log.scrollHeight
}).observe(byId('messages'))

byId('ask').onsubmit = (event) => {
  event.preventDefault()
  const text = question.value.trim()
  if (text !== '') void guarded(() => ask(text))
}
question.oninput = fitField
question.onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  byId('ask').requestSubmit()
}
for (const example of byId('welcome').querySelectorAll('button')) {
  example.onclick = () => void guarded(() => ask(example.textContent))
}
byId('stop').onclick = () => {
  question.focus()
  void guarded(() => chat.stop())
}
byId('branch').onchange = (event) => void guarded(() => chat.switchTo(event.target.value))
byId('new-chat').onclick = async () => {
  await go(undefined)
  question.focus()
}
byId('end-chat').onclick = () => void guarded(() => chat.end())
byId('delete-chat').onclick = () => byId('confirm').showModal()
byId('confirm').onclose = ({ target }) => {
  if (target.returnValue !== 'delete') return
  target.returnValue = ''
  void guarded(async () => {
    await chat.delete()
    await go(undefined)
    say('The chat is deleted.')
    question.focus()
  })
}
byId('menu').onclick = () => setMenu(byId('menu').getAttribute('aria-expanded') === 'false')
document.onkeydown = (event) => {
  if (event.key === 'Escape' && document.body.classList.contains('menu-open')) {
    setMenu(false)
    byId('menu').focus()
  }
}
addEventListener('popstate', () => void go(idInPath(), { isNew: false }))
// A browser opens six connections to a server, for all tabs: one that nobody looks at holds none.
document.addEventListener('visibilitychange', () => {
  if (!chat.id) return
  if (document.hidden) chat.close()
  else void guarded(() => chat.listen())
})

void guarded(async () => {
  await account.refresh()
  await go(idInPath(), { isNew: false })
})
