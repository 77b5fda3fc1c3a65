import { type Ref, useState } from 'react'

interface ComposerProps {
  ref: Ref<HTMLTextAreaElement>
  isBusy: boolean
  onSend(text: string): void
  onStop(): void
}

/** Enter sends, with Shift it begins a line. */
export function Composer({ ref, isBusy, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState('')
  const send = () => {
    if (text.trim() === '') return
    onSend(text.trim())
    setText('')
  }
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <label className="unseen" htmlFor="question">
        Your message
      </label>
      <textarea
        id="question"
        ref={ref}
        rows={1}
        maxLength={4000}
        placeholder="Write to the desk"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
          event.preventDefault()
          send()
        }}
      />
      {isBusy && (
        <button type="button" onClick={onStop}>
          Stop
        </button>
      )}
      <button type="submit" className="primary">
        Send
      </button>
    </form>
  )
}
