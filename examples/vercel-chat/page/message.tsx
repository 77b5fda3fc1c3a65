import { isToolUIPart } from 'ai'
import { useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { ChatMessage, Version } from './api.ts'
import { Editor } from './editor.tsx'
import { ToolCall } from './tool-call.tsx'
import type { useConversation } from './use-conversation.ts'
import { Versions } from './versions.tsx'

interface MessageProps {
  message: ChatMessage
  versions: Version[]
  isLive: boolean
  isBusy: boolean
  chat: Pick<ReturnType<typeof useConversation>, 'edit' | 'regenerate' | 'decide' | 'show'>
  /** Whoever has used a button that is gone goes on elsewhere. */
  onDone(): void
}

const notes = { stopped: 'Stopped here', failed: 'Broken off by an error', running: '' }

const textOf = ({ parts }: ChatMessage): string => parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

/** What a message is about, for the name of a button. */
const aboutOf = (message: ChatMessage): string => textOf(message).slice(0, 40) || 'this answer'

export function Message({ message, versions, isLive, isBusy, chat, onDone }: MessageProps) {
  const [isEdited, setEdited] = useState(false)
  const editButton = useRef<HTMLButtonElement>(null)
  const isUser = message.role === 'user'
  const note = message.metadata?.outcome && !isLive && notes[message.metadata.outcome]
  if (isEdited) {
    return (
      <li className="user">
        <Editor
          text={textOf(message)}
          onSave={(text) => {
            setEdited(false)
            chat.edit(message.id, text)
            onDone()
          }}
          onCancel={() => {
            flushSync(() => setEdited(false))
            editButton.current?.focus()
          }}
        />
      </li>
    )
  }
  return (
    <li className={`${message.role} ${isLive && !isUser ? 'live' : ''}`}>
      <p className="unseen">{isUser ? 'You' : 'Desk'}</p>
      <Parts message={message} isLive={isLive} decide={chat.decide} onDone={onDone} />
      {note && <p className="note">{note}</p>}
      <div className="tools">
        {!isBusy &&
          (isUser ? (
            <button
              ref={editButton}
              type="button"
              className="quiet"
              aria-label={`Edit: ${aboutOf(message)}`}
              onClick={() => setEdited(true)}
            >
              Edit
            </button>
          ) : (
            <button
              type="button"
              className="quiet"
              aria-label={`Answer again: ${aboutOf(message)}`}
              onClick={() => {
                chat.regenerate(message.id)
                onDone()
              }}
            >
              Answer again
            </button>
          ))}
        <Versions versions={versions} onShow={chat.show} />
      </div>
    </li>
  )
}

function Parts({
  message,
  isLive,
  decide,
  onDone,
}: Pick<MessageProps, 'message' | 'isLive' | 'onDone'> & { decide: MessageProps['chat']['decide'] }) {
  return message.parts.map((part, at) => {
    // Parts are only ever added behind the others.
    const key = `${at}`
    if (part.type === 'text') {
      return (
        <p key={key} className="text">
          {part.text}
        </p>
      )
    }
    if (part.type === 'reasoning') {
      return (
        <details key={key} className="reasoning">
          <summary>{isLive && part.state === 'streaming' ? 'Thinking …' : 'What it thought'}</summary>
          <p className="text">{part.text}</p>
        </details>
      )
    }
    if (!isToolUIPart(part)) return null
    return (
      <ToolCall
        key={key}
        part={part}
        onDecide={(approval, approved) => {
          decide(approval, approved)
          onDone()
        }}
      />
    )
  })
}
