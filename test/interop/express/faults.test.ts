import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  abortedStream,
  brokenStore,
  earlyHeaders,
  increments,
  lateStart,
  ownKeys,
  resurrection,
  writesOfReading,
} from './scenarios.ts'
import { closeServers } from './server.ts'
import { everthread, type Opened, peer } from './subjects.ts'

const redirect = earlyHeaders((_req, res) => res.redirect('/look'))
const json = earlyHeaders((_req, res) => res.json({ done: true }))
const head = earlyHeaders((_req, res) => res.writeHead(200, { 'Content-Length': 4 }).end('done'))
const stream = earlyHeaders((_req, res) => [res.write('one'), res.end('two')])

let opened: Opened

afterEach(async () => {
  await closeServers()
  await opened.close()
})

describe('what goes wrong with express-session and connect-redis', () => {
  beforeEach(async () => {
    opened = await peer.open()
  })

  it('loses keys that concurrent requests set', async () => {
    expect(await ownKeys(50)(opened)).toBeLessThan(50)
  })

  it('loses increments of concurrent requests', async () => {
    expect(await increments(50)(opened)).toBeLessThan(50)
  })

  it('brings back a session that was destroyed while a request was under way', async () => {
    expect(await resurrection(opened)).toBe(true)
  })

  it.each([
    ['a redirect', redirect],
    ['JSON', json],
    ['an answer that begins with writeHead', head],
    ['a stream', stream],
  ])('lets %s leave before its session is stored', async (_name, scenario) => {
    expect(await scenario(opened)).toBe(true)
  })

  it('loses what a stream wrote when the client goes away', async () => {
    expect(await abortedStream(opened)).toBe(false)
  })

  it('stores a session that a stream has begun without its cookie', async () => {
    expect(await lateStart(opened)).toBe(false)
  })

  it('writes on every request that only reads', async () => {
    expect(await writesOfReading(opened)).toBe(1)
  })

  it('says 200 when the store has failed', async () => {
    expect(await brokenStore(opened)).toBe(200)
  })
})

describe.each(everthread)('what goes right on $name', (subject) => {
  beforeEach(async () => {
    opened = await subject.open()
  })

  it('keeps 500 keys that as many concurrent requests set, on two servers', async () => {
    expect(await ownKeys(500)(opened)).toBe(500)
  })

  it('counts 500 increments of as many concurrent requests, on two servers', async () => {
    expect(await increments(500)(opened)).toBe(500)
  })

  it('leaves a destroyed session dead', async () => {
    expect(await resurrection(opened)).toBe(false)
  })

  it.each([
    ['a redirect', redirect],
    ['JSON', json],
    ['an answer that begins with writeHead', head],
    ['a stream', stream],
  ])('keeps %s back until its session is stored', async (_name, scenario) => {
    expect(await scenario(opened)).toBe(false)
  })

  it('stores what a stream wrote when the client goes away', async () => {
    expect(await abortedStream(opened)).toBe(true)
  })

  it('gives a session that a stream begins its cookie', async () => {
    expect(await lateStart(opened)).toBe(true)
  })

  it('writes nothing on a request that only reads', async () => {
    expect(await writesOfReading(opened)).toBe(0)
  })

  it('says 500 when the store has failed', async () => {
    expect(await brokenStore(opened)).toBe(500)
  })
})
