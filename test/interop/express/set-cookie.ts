/** The attributes of a `Set-Cookie`, and its value as `value`. */
export function parseSetCookie(line: string): Record<string, string | true> {
  const [pair = '', ...attributes] = line.split('; ')
  const found: Record<string, string | true> = { value: decodeURIComponent(pair.slice(pair.indexOf('=') + 1)) }
  for (const attribute of attributes) {
    const at = attribute.indexOf('=')
    if (at < 0) found[attribute] = true
    else found[attribute.slice(0, at)] = attribute.slice(at + 1)
  }
  return found
}
