import type { UIMessage } from 'ai'

export type ChatMessage = UIMessage<{ outcome?: 'running' | 'stopped' | 'failed' }>

export interface Version {
  id: string
  branch: string
  current: boolean
}

export interface ShownChat {
  messages: ChatMessage[]
  /** Of messages that were edited or answered again, by their ids. */
  siblings: Record<string, Version[]>
}

export interface ListedChat {
  id: string
  title?: string
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`/api/chat${path}`, init)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return (text ? JSON.parse(text) : undefined) as T
}

export const listChats = async (): Promise<ListedChat[]> => (await ask<{ chats: ListedChat[] }>('')).chats

export const loadChat = (id: string): Promise<ShownChat> => ask(`/${encodeURIComponent(id)}`)

export const switchBranch = (id: string, branch: string): Promise<void> =>
  ask(`/${encodeURIComponent(id)}/branch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ branch }),
  })

/** What a person is told of an error: the server's own words, where it has sent any. */
export function tell({ name, message }: Error): string {
  try {
    const { detail } = JSON.parse(message) as { detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // Not the server's words.
  }
  if (name === 'TypeError') return 'The server does not answer. Try again in a moment.'
  return message || 'Something went wrong. Try again.'
}
