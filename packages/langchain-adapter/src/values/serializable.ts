import { EverthreadError, type Extension } from '@everthread/core'
import { Document, type DocumentInput } from '@langchain/core/documents'
import { ChatPromptValue, ImagePromptValue, StringPromptValue } from '@langchain/core/prompt_values'

type Fields = Record<string, unknown>
type ImageContent = ConstructorParameters<typeof ImagePromptValue>[0]

/** LangChain objects, besides messages, that come back as what they were. Nothing outside this table is ever made. */
interface Row {
  name: string
  fields: string[]
  make(fields: Fields): object
}

const rows: Row[] = [
  {
    name: 'Document',
    fields: ['pageContent', 'metadata', 'id'],
    make: (fields) => new Document(fields as unknown as DocumentInput),
  },
  {
    name: 'StringPromptValue',
    fields: ['value'],
    make: ({ value }) => new StringPromptValue(value as string),
  },
  {
    name: 'ChatPromptValue',
    fields: ['messages'],
    make: ({ messages }) => new ChatPromptValue({ messages } as ConstructorParameters<typeof ChatPromptValue>[0]),
  },
  {
    name: 'ImagePromptValue',
    fields: ['imageUrl', 'value'],
    make: ({ imageUrl }) => new ImagePromptValue({ ...(imageUrl as ImageContent) }),
  },
]

const byName = new Map(rows.map((row) => [row.name, row]))

/** By name, so that objects from another install of LangChain are found, too. */
function rowOf(value: object): Row | undefined {
  const { constructor: made } = value as { constructor?: { name?: unknown } }
  const row = byName.get(made?.name as string)
  return row?.fields.every((field) => field in value) ? row : undefined
}

/**
 * Every other LangChain object becomes the plain JSON that its `toJSON` gives (`{ lc: 1, type, id, kwargs }`) and
 * stays that: its class is never looked up, and its secrets are never resolved.
 */
export const serializable: Extension = {
  tag: 'langchain',
  test: (value) => rowOf(value) !== undefined,
  encode: (value) => {
    const row = rowOf(value)
    const fields: Fields = {}
    for (const field of row?.fields ?? []) {
      const held = (value as Fields)[field]
      if (held !== undefined) fields[field] = held
    }
    return [row?.name, fields]
  },
  decode: (data) => {
    const [name, fields] = Array.isArray(data) ? data : []
    const row = byName.get(name)
    if (row && typeof fields === 'object' && fields !== null) return Object.assign(row.make(fields), fields)
    throw new EverthreadError('VALUE_CORRUPT', `Update the adapter: it has no LangChain class ${JSON.stringify(name)}`)
  },
  byProperties: true,
}
