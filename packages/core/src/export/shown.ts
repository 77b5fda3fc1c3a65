import type { NeutralMessage } from '../message/message.ts'
import { isPart, type Part } from '../message/part.ts'

/** What a reader sees of a part, whatever the page is made of. */
export type Shown =
  | { kind: 'text'; text: string }
  /** Something to look at only when wanted: how a tool was called, what it gave, what the model thought. */
  | { kind: 'detail'; label: string; text: string }
  | { kind: 'image'; mime: string; base64: string }
  | { kind: 'link'; label: string; href: string }

/** What a conversation's page says of its session. */
export interface PageHead {
  title: string
  createdAt: number | undefined
}

const IMAGES = /^image\/(png|jpeg|gif|webp|avif)$/
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/

export const shownParts = (message: NeutralMessage): Shown[] => message.parts.map(shownPart)

function shownPart(part: Part): Shown {
  if (isPart(part, 'text')) return { kind: 'text', text: part.content }
  if (isPart(part, 'reasoning')) return { kind: 'detail', label: 'Reasoning', text: part.content }
  if (isPart(part, 'tool_call')) return { kind: 'detail', label: `Called ${part.name}`, text: asText(part.arguments) }
  if (isPart(part, 'tool_call_response')) return { kind: 'detail', label: 'Result', text: asText(part.response) }
  if (isPart(part, 'blob')) {
    const mime = part.mime_type ?? ''
    if (IMAGES.test(mime) && BASE64.test(part.content)) return { kind: 'image', mime, base64: part.content }
    return {
      kind: 'detail',
      label: `Attached ${mime || part.modality}`,
      text: `${part.content.length} base64 characters`,
    }
  }
  if (isPart(part, 'uri')) {
    if (/^https?:\/\//i.test(part.uri)) return { kind: 'link', label: part.modality, href: part.uri }
    return { kind: 'detail', label: part.modality, text: part.uri }
  }
  if (isPart(part, 'file')) return { kind: 'detail', label: `Attached ${part.modality}`, text: part.file_id }
  return { kind: 'detail', label: part.type, text: asText(part) }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, undefined, 2) ?? '')
}

/** Who speaks, and when: `user`, or `tool (search)`. */
export function speakerOf({ role, name }: NeutralMessage): string {
  return name === undefined ? role : `${role} (${name})`
}

export const timeText = (time: number | undefined): string | undefined => {
  const date = new Date(time ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
