import { useCallback, useEffect, useRef } from 'react'

/**
 * Hears of changes to a chat: from other tabs of this browser, and when somebody comes back to this one or the network
 * does. Gives what tells the others.
 */
export function useOtherTabs(id: string, onNews: () => void): () => void {
  const heard = useRef(onNews)
  heard.current = onNews
  const channel = useRef<BroadcastChannel>(undefined)
  useEffect(() => {
    const listen = () => heard.current()
    channel.current = new BroadcastChannel(`chat ${id}`)
    channel.current.onmessage = listen
    for (const event of ['focus', 'online']) addEventListener(event, listen)
    return () => {
      channel.current?.close()
      for (const event of ['focus', 'online']) removeEventListener(event, listen)
    }
  }, [id])
  return useCallback(() => channel.current?.postMessage('changed'), [])
}
