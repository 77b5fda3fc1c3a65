type Fields = Record<string, unknown>

/** What a model reads of a value: a text as it is, the texts of content blocks, else JSON as far as it goes. */
export function resultText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  if (Array.isArray(value) && value.length > 0 && value.every(isTextBlock)) {
    return value.map(({ text }) => text).join('\n')
  }
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    // Bigints, which it does not take; a replacer for all would make it many times slower.
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? ''
  }
}

function isTextBlock(block: unknown): block is { text: string } {
  return typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string'
}

/** Whether a result says that the tool failed: by a mark of its format, or by its first word. */
export function isFailure(result: Fields, text: string): boolean {
  if (result.status === 'error' || result.is_error === true || result.isError === true) return true
  // Most texts begin with another letter or sign, and need no expression.
  const first = text.charCodeAt(0)
  if (first > 32 && first < 128 && (first | 32) !== 0x65 && (first | 32) !== 0x66) return false
  return /^\s*(error|failed|failure|exception)\b/i.test(text)
}
