import type { Part } from '@everthread/core'
import { type Block, type Dialect, hasKeys, renameKeys } from './renaming.ts'

const modalities = new Set(['image', 'audio', 'video', 'file', 'text-plain'])

/** Where the bytes are, in LangChain's words and in the schema's. */
interface Source {
  key: string
  partType: 'uri' | 'blob' | 'file'
  partKey: string
}

const sources: Source[] = [
  { key: 'url', partType: 'uri', partKey: 'uri' },
  { key: 'data', partType: 'blob', partKey: 'content' },
]

/** LangChain's own media blocks: of version 1, or the older ones with a `source_type`. */
function media(fileKey: string, mimeKey: string, isOlder: boolean): Dialect {
  const all: Source[] = [...sources, { key: fileKey, partType: 'file', partKey: 'file_id' }]
  return {
    toPart(block) {
      const { type } = block
      if (typeof type !== 'string' || !modalities.has(type) || 'modality' in block) return undefined
      if ('source_type' in block !== isOlder) return undefined
      const present = all.filter(({ key }) => typeof block[key] === 'string')
      const [source] = present
      if (!source || present.length > 1) return undefined
      const names: Record<string, string> = { [source.key]: source.partKey }
      if (typeof block[mimeKey] === 'string' && mimeKey !== 'mime_type') names[mimeKey] = 'mime_type'
      const part = renameKeys(block, names, source.partType)
      if (part) part.modality = type
      return part as Part | undefined
    },
    toBlock(part) {
      const { modality, ...rest } = part as Block
      const source = all.find(({ partType }) => partType === part.type)
      const names: Record<string, string> = source ? { [source.partKey]: source.key } : {}
      if ('mime_type' in rest && mimeKey !== 'mime_type') names.mime_type = mimeKey
      const type = typeof modality === 'string' ? modality : 'file'
      return renameKeys(rest, names, type) ?? { ...rest, type }
    },
  }
}

export const standardMedia: Dialect = media('fileId', 'mimeType', false)
export const olderMedia: Dialect = media('id', 'mime_type', true)

/** `{ type: 'image_url', image_url: { url, detail? } }`, as OpenAI has it. */
export const imageUrl: Dialect = {
  toPart(block) {
    if (!hasKeys(block, 'type,image_url') || block.type !== 'image_url') return undefined
    const { image_url: image } = block
    if (!hasKeys(image, 'url') && !hasKeys(image, 'url,detail')) return undefined
    const { url, ...detail } = image
    return typeof url === 'string' ? { type: 'uri', modality: 'image', uri: url, ...detail } : undefined
  },
  toBlock: (part) => {
    const { uri: url, detail } = part as Block
    return { type: 'image_url', image_url: detail === undefined ? { url } : { url, detail } }
  },
}

/** The same with the address alone. */
export const imageUrlText: Dialect = {
  toPart(block) {
    if (!hasKeys(block, 'type,image_url') || block.type !== 'image_url') return undefined
    return typeof block.image_url === 'string' ? { type: 'uri', modality: 'image', uri: block.image_url } : undefined
  },
  toBlock: (part) => ({ type: 'image_url', image_url: (part as Block).uri }),
}

/** `{ type: 'input_audio', input_audio: { data, format } }`, as OpenAI has it. */
export const inputAudio: Dialect = {
  toPart(block) {
    if (!hasKeys(block, 'type,input_audio') || block.type !== 'input_audio') return undefined
    const { input_audio: audio } = block
    if (!hasKeys(audio, 'data,format')) return undefined
    const { data, format } = audio
    if (typeof data !== 'string' || typeof format !== 'string') return undefined
    return { type: 'blob', modality: 'audio', mime_type: `audio/${format}`, content: data }
  },
  toBlock: (part) => {
    const { content: data, mime_type: mime } = part as Block
    return { type: 'input_audio', input_audio: { data, format: String(mime).slice('audio/'.length) } }
  },
}

/** `{ type: 'image' | 'document', source: { type: 'base64', media_type, data } }`, as Anthropic has it. */
export const sourceBytes: Dialect = {
  toPart(block) {
    const { type, source, ...extra } = block
    if (!startsAs(block) || !hasKeys(source, 'type,media_type,data') || source.type !== 'base64') return undefined
    const { media_type: mime, data } = source
    if (typeof mime !== 'string' || typeof data !== 'string' || clashes(extra)) return undefined
    return { type: 'blob', modality: String(type), mime_type: mime, content: data, ...extra }
  },
  toBlock: (part) => {
    const { type, modality, mime_type: mime, content, ...extra } = part as Block
    return { type: modality, source: { type: 'base64', media_type: mime, data: content }, ...extra }
  },
}

/** The same with an address. */
export const sourceUrl: Dialect = {
  toPart(block) {
    const { type, source, ...extra } = block
    if (!startsAs(block) || !hasKeys(source, 'type,url') || source.type !== 'url') return undefined
    if (typeof source.url !== 'string' || clashes(extra)) return undefined
    return { type: 'uri', modality: String(type), uri: source.url, ...extra }
  },
  toBlock: (part) => {
    const { type, modality, uri: url, ...extra } = part as Block
    return { type: modality, source: { type: 'url', url }, ...extra }
  },
}

function startsAs(block: Block): boolean {
  const [first, second] = Object.keys(block)
  return first === 'type' && second === 'source' && (block.type === 'image' || block.type === 'document')
}

function clashes(extra: Block): boolean {
  return ['type', 'modality', 'mime_type', 'content', 'uri'].some((key) => key in extra)
}
