import { isToolUIPart } from 'ai'
import { useEffect, useRef } from 'react'
import { type ShownChat, tell } from './api.ts'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { useConversation } from './use-conversation.ts'

const examples = ['When does the ferry to Skerry leave?', 'Book a passage to Skerry for 2', 'Hello']

interface ConversationProps {
  shown: ShownChat & { id: string }
  /** Something is said: the chat is there from now on. */
  onBegin(text: string): void
  /** The list of chats may have changed. */
  onChange(): void
}

export function Conversation({ shown, onBegin, onChange }: ConversationProps) {
  const chat = useConversation(shown, onChange)
  const { messages, waiting, isBusy, error } = chat
  const question = useRef<HTMLTextAreaElement>(null)
  const focusQuestion = () => question.current?.focus()
  const log = useStickyScroll()
  useEffect(() => {
    // On a phone the keyboard would cover half of the page.
    if (matchMedia('(pointer: fine)').matches) question.current?.focus()
  }, [])
  const isFresh = messages.length === 0 && waiting.length === 0
  const wasBusy = useRef(false)
  wasBusy.current ||= isBusy
  const last = messages.at(-1)
  const isUnanswered = !isBusy && last?.role === 'user' && waiting.length === 0

  const say = (text: string) => {
    onBegin(text)
    chat.send(text)
    focusQuestion()
  }

  return (
    <>
      <div ref={log} className="log" role="log" aria-label="Conversation" aria-busy={isBusy}>
        {isFresh && (
          <div className="welcome">
            <p>Ask the desk of a small ferry line. For example:</p>
            <ul>
              {examples.map((text) => (
                <li key={text}>
                  <button type="button" onClick={() => say(text)}>
                    {text}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <ol>
          {messages.map((message, at) => {
            // By its place: whoever goes through the versions of a message keeps the focus.
            const place = `${at}`
            return (
              <Message
                key={place}
                message={message}
                versions={chat.siblings[message.id] ?? []}
                isLive={isBusy && message === last}
                isBusy={isBusy}
                chat={chat}
                onDone={focusQuestion}
              />
            )
          })}
          {waiting.map(({ key, text }) => (
            <li key={key} className="user waiting">
              <p className="text">{text}</p>
              <p className="note">Waits for the answer before</p>
            </li>
          ))}
        </ol>
        {isUnanswered && last && (
          <p className="unanswered">
            This has no answer.{' '}
            <button
              type="button"
              onClick={() => {
                chat.regenerate(last.id)
                focusQuestion()
              }}
            >
              Answer it
            </button>
          </p>
        )}
      </div>
      <div className="foot">
        {error && (
          <p role="alert" className="problem">
            {tell(error)}{' '}
            <button type="button" className="quiet" onClick={() => void chat.reload()}>
              Load again
            </button>
          </p>
        )}
        <p role="status">{statusOf(chat, wasBusy.current)}</p>
        <Composer
          ref={question}
          isBusy={isBusy}
          onSend={say}
          onStop={() => {
            void chat.stop()
            focusQuestion()
          }}
        />
      </div>
    </>
  )
}

type Shown = Pick<ReturnType<typeof useConversation>, 'messages' | 'isBusy' | 'error'>

function statusOf({ messages, isBusy, error }: Shown, wasBusy: boolean): string {
  if (isBusy) return 'Answering …'
  const isAsking = messages.at(-1)?.parts.some((part) => isToolUIPart(part) && part.state === 'approval-requested')
  if (isAsking) return 'The desk waits for your word.'
  return wasBusy && !error ? 'Answered.' : ''
}

/** Stays at the end of what grows, unless somebody has scrolled up. */
function useStickyScroll() {
  const log = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useEffect(() => {
    const element = log.current
    const onScroll = () => {
      if (element) isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40
    }
    element?.addEventListener('scroll', onScroll, { passive: true })
    return () => element?.removeEventListener('scroll', onScroll)
  }, [])
  useEffect(() => {
    if (isAtEnd.current) log.current?.scrollTo({ top: log.current.scrollHeight })
  })
  return log
}
