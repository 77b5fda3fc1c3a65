import type { MessageView, PartView } from './lens.ts'

/** A hash of 53 bits, as text: not for security, only to tell contents apart. */
function hashText(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}

/**
 * Names a part by what it says, so that it is found again wherever its message stands. Of long texts beside an id,
 * samples say enough: they only tell apart what has the same id.
 */
export function handleOfPart(part: PartView): string {
  const callId = part.kind === 'result' || part.kind === 'call' ? (part.callId ?? '') : ''
  const text = callId === '' ? part.text : sampleOf(part.text)
  return `${part.kind[0]}.${hashText(`${callId}\n${text}`)}`
}

function sampleOf(text: string): string {
  if (text.length <= 400) return text
  const middle = text.length >> 1
  return `${text.length}\n${text.slice(0, 128)}${text.slice(middle - 64, middle + 64)}${text.slice(-128)}`
}

export function handleOfRange(from: number, to: number): string {
  return `m.${from}-${to}`
}

/** Tells one message from another, cheaply. */
export function fingerprint({ role, id, parts }: MessageView): string {
  const sizes = parts.map(({ kind, text }) => `${kind[0]}${text.length}${text.slice(0, 32)}`)
  return hashText(`${role}\n${id ?? ''}\n${sizes.join('\n')}`)
}
