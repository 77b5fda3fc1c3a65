import { connect, type Socket } from 'node:net'

/**
 * Asks a server on loopback for `path` again and again for `ms`, on one connection for each cookie, and counts the
 * answers. It knows no more of HTTP than Express's answers need: a client that reads them properly takes as much of the
 * CPU as the server, and on a small machine it would be what is measured.
 */
export async function drive(port: number, path: string, cookies: readonly string[], ms: number): Promise<number> {
  const end = performance.now() + ms
  const counts = await Promise.all(cookies.map((cookie) => ask(port, requestOf(path, cookie), end)))
  return counts.reduce((sum, count) => sum + count, 0)
}

function requestOf(path: string, cookie: string): Buffer {
  return Buffer.from(`GET /${path} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nCookie: ${cookie}\r\n\r\n`)
}

function ask(port: number, request: Buffer, end: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0
    let text = ''
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => socket.write(request))
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!isWhole(text)) return
      if (!text.startsWith('HTTP/1.1 200')) reject(new Error(`The server answered ${text.slice(0, 200)}`))
      text = ''
      count++
      if (performance.now() < end) socket.write(request)
      else socket.end(() => resolve(count))
    })
  })
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1]
  if (length === undefined) throw new Error('The server answered without a length.')
  return text.length >= head + 4 + Number(length)
}
