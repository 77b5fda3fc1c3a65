/** What the server refused, by its problem's `code`. A status of 0: there was no answer. */
export class Refused extends Error {
  constructor({ status, code, detail }) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** One request to this server, which takes the header as a sign of our own page. */
export async function api(path, { method = 'GET', body } = {}) {
  const headers = { 'X-Requested-By': 'express-chat', ...(body && { 'Content-Type': 'application/json' }) }
  const sent = body && JSON.stringify(body)
  let response
  try {
    response = await fetch(path, { method, headers, body: sent })
  } catch {
    throw new Refused({ status: 0, code: 'OFFLINE', detail: 'The server does not answer. Try again in a moment.' })
  }
  if (response.status === 204) return undefined
  const value = await response.json()
  if (response.ok) return value
  throw new Refused({ ...value, status: response.status })
}

export const post = (path, body = {}) => api(path, { method: 'POST', body })
