import { types } from 'node:util'
import { CORRUPT, type Kind } from './kind.ts'

type View = NodeJS.ArrayBufferView<ArrayBufferLike>
type ViewClass = { new (buffer: ArrayBuffer): View; BYTES_PER_ELEMENT?: number }

const viewNames = [
  'Uint8Array',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'BigUint64Array',
  'BigInt64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'DataView',
]

/** Only these are ever constructed; a runtime may lack the newest. */
const viewClasses = new Map<string, ViewClass>(
  viewNames.flatMap((name) => {
    const found: unknown = Reflect.get(globalThis, name)
    return typeof found === 'function' ? [[name, found as ViewClass]] : []
  }),
)

function toBase64(buffer: ArrayBufferLike, offset: number, length: number): string {
  return Buffer.from(buffer, offset, length).toString('base64')
}

/** A copy in a buffer of its own, so that the value does not keep Node's shared pool alive or show it. */
function fromBase64(text: string): ArrayBuffer {
  const pooled = Buffer.from(text, 'base64')
  const buffer = new ArrayBuffer(pooled.length)
  new Uint8Array(buffer).set(pooled)
  return buffer
}

function viewName(view: View): string {
  return types.isTypedArray(view) ? view[Symbol.toStringTag] : 'DataView'
}

export const buffer: Kind = {
  tag: 'buffer',
  test: (value) => Buffer.isBuffer(value),
  encode: (value) => (value as Buffer).toString('base64'),
  decode: (data) => (typeof data === 'string' ? Buffer.from(fromBase64(data)) : CORRUPT),
}

export const view: Kind = {
  tag: 'view',
  test: (value) => ArrayBuffer.isView(value),
  encode: (value) => {
    const bytes = value as View
    return [viewName(bytes), toBase64(bytes.buffer, bytes.byteOffset, bytes.byteLength)]
  },
  decode: (data) => {
    if (!Array.isArray(data) || data.length !== 2 || typeof data[1] !== 'string') return CORRUPT
    const View = viewClasses.get(data[0])
    const bytes = fromBase64(data[1])
    if (!View || bytes.byteLength % (View.BYTES_PER_ELEMENT ?? 1) !== 0) return CORRUPT
    return new View(bytes)
  },
}

export const arrayBuffer: Kind = {
  tag: 'arraybuffer',
  test: (value) => types.isArrayBuffer(value),
  encode: (value) => toBase64(value as ArrayBuffer, 0, (value as ArrayBuffer).byteLength),
  decode: (data) => (typeof data === 'string' ? fromBase64(data) : CORRUPT),
}
