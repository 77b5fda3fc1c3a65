const words =
  /context[ _-]?(length|window)|maximum context|prompt is too long|input is too long|too many (input )?tokens|exceeds? .{0,40}token|token (count|limit) .{0,40}exceed|request too large/i

/** Whether a model refused a request because it was too long, as the providers that LangChain knows say it. */
export function isContextOverflow(error: unknown): boolean {
  for (let cause = error, depth = 0; typeof cause === 'object' && cause !== null && depth < 5; depth++) {
    const {
      name,
      code,
      message,
      cause: next,
    } = cause as { name?: unknown; code?: unknown; message?: unknown; cause?: unknown }
    if (name === 'ContextOverflowError' || code === 'context_length_exceeded') return true
    if (typeof message === 'string' && words.test(message)) return true
    cause = next
  }
  return false
}
