import { useState } from 'react'

/** A message that was sent, to be sent otherwise. */
export function Editor({ text, onSave, onCancel }: { text: string; onSave(text: string): void; onCancel(): void }) {
  const [changed, setChanged] = useState(text)
  return (
    <form
      className="editor"
      onSubmit={(event) => {
        event.preventDefault()
        if (changed.trim() !== '') onSave(changed.trim())
      }}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
    >
      <label htmlFor="edited">Edit your message</label>
      <textarea
        id="edited"
        ref={(element) => element?.focus()}
        rows={2}
        maxLength={4000}
        value={changed}
        onChange={(event) => setChanged(event.target.value)}
      />
      <p>
        <button type="button" className="quiet" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="primary">
          Send again
        </button>
      </p>
    </form>
  )
}
