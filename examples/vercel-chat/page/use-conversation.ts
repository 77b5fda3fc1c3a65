import { useChat } from '@ai-sdk/react'
import { everthreadTransport } from '@everthread/vercel-ai-adapter/client'
import { lastAssistantMessageIsCompleteWithApprovalResponses as isDecided } from 'ai'
import { useEffect, useRef, useState } from 'react'
import { type ChatMessage, loadChat, type ShownChat, switchBranch } from './api.ts'
import { useOtherTabs } from './use-other-tabs.ts'

const transport = everthreadTransport<ChatMessage>({ api: '/api/chat' })

/** A chat as it stands and what can be done with it, in step with the server and with other tabs. */
export function useConversation({ id, ...shown }: ShownChat & { id: string }, onChange: () => void) {
  const [siblings, setSiblings] = useState(shown.siblings)
  const [waiting, setWaiting] = useState<{ key: string; text: string }[]>([])
  const [problem, setProblem] = useState<Error>()
  const tellOthers = useOtherTabs(id, () => void sync())
  const { messages, setMessages, status, error, ...chat } = useChat<ChatMessage>({
    id,
    messages: shown.messages,
    transport,
    // Only where there may be something: a resume that finds nothing calls a chat ready that has just been sent a message.
    resume: isOpen(shown.messages),
    sendAutomaticallyWhen: isDecided,
    onFinish() {
      tellOthers()
      void sync()
    },
  })
  const isBusy = status === 'submitted' || status === 'streaming'
  const now = useRef({ isBusy, acts: 0 })
  now.current.isBusy = isBusy

  /** What somebody does counts more than what is being loaded. */
  function act(what: () => unknown): void {
    now.current.acts++
    setProblem(undefined)
    what()
  }

  /** Takes what the server has: messages of other tabs, versions of each, and the answer under way. */
  async function sync(): Promise<void> {
    const { acts } = now.current
    const loaded = await loadChat(id).catch(() => undefined)
    onChange()
    if (!loaded || now.current.isBusy || now.current.acts !== acts) return
    setMessages(loaded.messages)
    setSiblings(loaded.siblings)
    if (isOpen(loaded.messages)) await chat.resumeStream()
  }

  // An answer has begun: the chat and the message that it answers are stored.
  useEffect(() => {
    if (status !== 'streaming') return
    tellOthers()
    onChange()
  }, [status, tellOthers, onChange])

  // What was written while an answer came is sent once that is there.
  useEffect(() => {
    const [next, ...rest] = waiting
    if (isBusy || !next) return
    setWaiting(rest)
    now.current.acts++
    void chat.sendMessage({ text: next.text })
  }, [isBusy, waiting, chat.sendMessage])

  return {
    messages,
    waiting,
    isBusy,
    siblings: isBusy ? {} : siblings,
    error: error ?? problem,
    send: (text: string) => act(() => setWaiting([...waiting, { key: crypto.randomUUID(), text }])),
    edit: (messageId: string, text: string) => act(() => chat.sendMessage({ text, messageId })),
    regenerate: (messageId: string) => act(() => chat.regenerate({ messageId })),
    decide: (approval: string, approved: boolean) =>
      act(() => chat.addToolApprovalResponse({ id: approval, approved })),
    async stop(): Promise<void> {
      setWaiting([])
      try {
        if (!(await transport.stop(id))) await chat.stop()
      } catch (cause) {
        setProblem(cause as Error)
      }
    },
    async show(branch: string): Promise<void> {
      try {
        await switchBranch(id, branch)
        tellOthers()
        await sync()
      } catch (cause) {
        setProblem(cause as Error)
      }
    },
    async reload(): Promise<void> {
      setProblem(undefined)
      chat.clearError()
      await sync()
    },
  }
}

/** Whether an answer may be under way. */
function isOpen(messages: readonly ChatMessage[]): boolean {
  const last = messages.at(-1)
  return last?.role === 'user' || last?.metadata?.outcome === 'running'
}
