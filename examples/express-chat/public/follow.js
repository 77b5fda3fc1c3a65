const RETRY_MS = 2000

/**
 * Follows server-sent events by name. The browser comes back by itself after a cut, with the place where it was; after
 * what it takes for final, such as an error page in between, we do. `onDrop` hears of every cut.
 */
export function follow(url, handlers, onDrop) {
  let source
  let timer
  const open = () => {
    source = new EventSource(url)
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)))
    }
    source.onerror = () => {
      onDrop()
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS)
    }
  }
  open()
  return {
    close() {
      clearTimeout(timer)
      source.close()
    },
  }
}
