import type { Part } from '@everthread/core'
import { type Fields, modalityOf, type UIPart } from './ui-message.ts'

/** Holds a part that no UI message can, so that it goes through the client and back unharmed. */
export const WRAPPER = 'data-everthread'

/** Types of parts that a UI message and a neutral one share. */
const shared = /^(step-start|source-.+|data-.+|custom|reasoning-file|steering-message)$/

/** A part that calls no tool, as a neutral one. */
export function toPart(part: UIPart): Part {
  const { type } = part
  if (type === 'text' || type === 'reasoning') {
    const { text, ...rest } = part
    return { ...rest, content: text } as Part
  }
  if (type === 'file') return fileToPart(part)
  if (type === WRAPPER && isWrapped(part.data)) return part.data
  return part
}

/** The opposite of {@link toPart}. Of parts from elsewhere, those that a UI cannot show are wrapped. */
export function fromPart(part: Part): UIPart {
  const { type } = part
  if (type === 'text' || type === 'reasoning') {
    const { content: text, ...rest } = part as Fields
    return { ...rest, type, text }
  }
  if (type === 'blob' || type === 'uri') return fileFromPart(part)
  return shared.test(type) && type !== WRAPPER ? part : { type: WRAPPER, data: part }
}

function isWrapped(data: unknown): data is Part {
  if (typeof data !== 'object' || data === null || !('type' in data)) return false
  return typeof data.type === 'string' && fromPart(data as Part).type === WRAPPER
}

function fileToPart({ type: _, mediaType, url, ...rest }: UIPart): Part {
  const beginning = `data:${mediaType};base64,`
  const modality = modalityOf(mediaType)
  if (typeof url === 'string' && url.startsWith(beginning)) {
    return { type: 'blob', modality, mime_type: mediaType, content: url.slice(beginning.length), ...rest } as Part
  }
  return { type: 'uri', modality, mime_type: mediaType, uri: url, ...rest } as Part
}

function fileFromPart({ type, modality, mime_type: mime, content, uri, ...rest }: Fields): UIPart {
  const mediaType = typeof mime === 'string' ? mime : modality === 'document' ? 'application/octet-stream' : modality
  return { type: 'file', mediaType, url: type === 'uri' ? uri : `data:${mediaType};base64,${content}`, ...rest }
}
