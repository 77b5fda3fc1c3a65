import type { Part } from '@everthread/core'
import { imageUrl, imageUrlText, inputAudio, olderMedia, sourceBytes, sourceUrl, standardMedia } from './media.ts'
import { type Block, type Dialect, renaming } from './renaming.ts'

const text = renaming('text', 'text', { text: 'content' }, ['text'])
const reasoning = renaming('reasoning', 'reasoning', { reasoning: 'content' }, ['reasoning'])
const toolCall = renaming('tool_call', 'tool_call', { args: 'arguments' }, ['name'])

/** What a part becomes when nothing else is said: LangChain's standard block of its type. */
const usual: Record<string, Dialect> = {
  text,
  reasoning,
  tool_call: toolCall,
  uri: standardMedia,
  blob: standardMedia,
  file: standardMedia,
}

/** The other ways to write a block. The names are stored. */
const dialects: Record<string, Dialect> = {
  thinking: renaming('thinking', 'reasoning', { thinking: 'content' }, ['thinking']),
  tool_use: renaming('tool_use', 'tool_call', { input: 'arguments' }, ['name']),
  media: olderMedia,
  image_url: imageUrl,
  image_text: imageUrlText,
  input_audio: inputAudio,
  source: sourceBytes,
  source_url: sourceUrl,
}

/** By the block's type: what to try, in order. The empty name is the usual way. */
const candidates: Record<string, string[]> = {
  text: [''],
  reasoning: [''],
  tool_call: [''],
  thinking: ['thinking'],
  tool_use: ['tool_use'],
  image: ['', 'source', 'source_url', 'media'],
  document: ['source', 'source_url'],
  audio: ['', 'media'],
  video: ['', 'media'],
  file: ['', 'media'],
  'text-plain': ['', 'media'],
  image_url: ['image_url', 'image_text'],
  input_audio: ['input_audio'],
}

const standard: Record<string, Dialect> = { text, reasoning, tool_call: toolCall }

/** Types of the schema, and ours: a block of such a type that no dialect takes is wrapped, not passed through. */
const reserved = new Set([...Object.keys(usual), 'tool_call_response', 'langchain_block'])

/** How a block is written: a dialect's name, or 0 for the usual way, which is also how unknown blocks pass. */
export type Way = string | 0

export function partOfBlock(block: unknown): { part: Part; way: Way } {
  if (typeof block !== 'object' || block === null || Array.isArray(block)) return wrapped(block)
  const { type } = block as Block
  if (typeof type !== 'string' || type === '') return wrapped(block)
  if (Object.hasOwn(candidates, type)) {
    for (const name of candidates[type] as string[]) {
      const dialect = name === '' ? (standard[type] ?? standardMedia) : (dialects[name] as Dialect)
      const part = dialect.toPart(block as Block)
      if (part) return { part, way: name === '' ? 0 : name }
    }
  }
  return reserved.has(type) ? wrapped(block) : { part: block as Part, way: 0 }
}

function wrapped(block: unknown): { part: Part; way: Way } {
  return { part: { type: 'langchain_block', block }, way: 0 }
}

export function blockOfPart(part: Part, way: Way): unknown {
  if (way !== 0 && Object.hasOwn(dialects, way)) return (dialects[way] as Dialect).toBlock(part)
  if (part.type === 'langchain_block') return (part as Block).block
  return Object.hasOwn(usual, part.type) ? (usual[part.type] as Dialect).toBlock(part) : part
}
