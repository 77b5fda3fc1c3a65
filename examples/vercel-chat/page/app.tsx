import { useCallback, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { type ListedChat, listChats, loadChat, type ShownChat, tell } from './api.ts'
import { Conversation } from './conversation.tsx'

const idInAddress = (): string | undefined => /^\/c\/(.+)$/.exec(location.pathname)?.[1]

/** The chat that the address names, or a new one. */
function useAddress(): { id: string; isNew: boolean; go(id?: string): void; stay(): void } {
  const [place, setPlace] = useState(() => read())
  useEffect(() => {
    const onMove = () => setPlace(read())
    addEventListener('popstate', onMove)
    return () => removeEventListener('popstate', onMove)
  }, [])
  return {
    ...place,
    go(id) {
      history.pushState(null, '', id === undefined ? '/' : `/c/${id}`)
      setPlace(read())
    },
    /** The chat is there from now on. */
    stay() {
      if (idInAddress() === undefined) history.pushState(null, '', `/c/${place.id}`)
    },
  }
}

function read(): { id: string; isNew: boolean } {
  const id = idInAddress()
  return { id: id ?? crypto.randomUUID(), isNew: id === undefined }
}

function App() {
  const { id, isNew, go, stay } = useAddress()
  const [chats, setChats] = useState<ListedChat[]>([])
  const [shown, setShown] = useState<ShownChat & { id: string }>()
  const [problem, setProblem] = useState('')
  const [begun, setBegun] = useState<Record<string, string>>({})
  const [isListOpen, setListOpen] = useState(false)

  const refreshList = useCallback(() => {
    listChats().then(setChats, (error) => setProblem(tell(error)))
  }, [])
  useEffect(refreshList, [refreshList])

  useEffect(() => {
    let isCurrent = true
    setProblem('')
    if (isNew) setShown({ id, messages: [], siblings: {} })
    else {
      loadChat(id).then(
        (chat) => isCurrent && setShown({ id, ...chat }),
        (error) => isCurrent && setProblem(tell(error)),
      )
    }
    return () => {
      isCurrent = false
    }
  }, [id, isNew])

  const begin = (text: string) => {
    stay()
    setBegun((known) => ({ [id]: text, ...known }))
  }
  const open = (next?: string) => {
    setListOpen(false)
    go(next)
  }
  // A title is made after the first answer: until then a chat is called by what began it.
  const titleOf = (chat: ListedChat | undefined): string => chat?.title ?? begun[chat?.id ?? id] ?? 'New chat'
  const title = titleOf(chats.find((chat) => chat.id === id))
  useEffect(() => {
    document.title = `${title} · Ferry desk`
  }, [title])

  return (
    <div className={isListOpen ? 'app list-open' : 'app'}>
      <a className="skip" href="#question">
        Skip to your message
      </a>
      <header>
        <button
          type="button"
          className="quiet menu"
          aria-expanded={isListOpen}
          aria-controls="chats"
          onClick={() => setListOpen(!isListOpen)}
        >
          Chats
        </button>
        <p className="brand">
          <img src="/icon.svg" alt="" width="26" height="26" />
          Ferry desk
        </p>
      </header>
      <nav id="chats" aria-label="Chats">
        <button type="button" className="primary" onClick={() => open()}>
          New chat
        </button>
        <ul>
          {chats.map((chat) => (
            <li key={chat.id}>
              <a
                href={`/c/${chat.id}`}
                aria-current={chat.id === id ? 'page' : undefined}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey || event.shiftKey) return
                  event.preventDefault()
                  open(chat.id)
                }}
              >
                {titleOf(chat)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main>
        <h1>{title}</h1>
        {problem && (
          <p role="alert" className="problem">
            {problem}
          </p>
        )}
        {shown?.id === id && <Conversation key={id} shown={shown} onBegin={begin} onChange={refreshList} />}
      </main>
    </div>
  )
}

createRoot(document.getElementById('root') as HTMLElement).render(<App />)
