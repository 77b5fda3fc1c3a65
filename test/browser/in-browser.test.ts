import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it as plain } from 'vitest'
import { it } from './in-browser.ts'
import { accessibilityProblems, phone, sidewaysScroll } from './page-checks.ts'
import { collectProblems } from './problems.ts'

const head =
  '<html lang=en><title>T</title><link rel=icon href="data:,"><meta name=viewport content="width=device-width">'

const server = createServer((req, res) => {
  if (req.url === '/') {
    res.writeHead(200, { 'Set-Cookie': 'seen=1', 'Content-Type': 'text/html' })
    res.end(`<!doctype html>${head}<main><h1>${req.headers.cookie ?? 'new'}</h1></main>`)
  } else res.writeHead(500).end()
})
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => void server.close(resolve)))

describe('a test in a browser', () => {
  it('sees a page, and each visitor has cookies of their own', async ({ page, newVisitor }) => {
    await page.goto(url())
    await page.goto(url())
    expect(await page.getByRole('heading').textContent()).toBe('seen=1')
    const other = await (await newVisitor()).newPage()
    await other.goto(url())
    expect(await other.getByRole('heading').textContent()).toBe('new')
  })

  it('hears of what a page logs as an error or throws, and of what it asks for in vain', async ({ page, problems }) => {
    await page.goto(url())
    await page.evaluate("console.error('logged')")
    await page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    await page.evaluate("fetch('/missing').then(() => undefined)")
    const found = [/logged/, /thrown/, /500.*missing/]
    await expect
      .poll(() => problems.left())
      .toEqual(expect.arrayContaining(found.map((pattern) => expect.stringMatching(pattern))))
    for (const pattern of found) problems.expect(pattern)
  })

  it('checks a page for what keeps people out, and whether it fits a phone', async ({ newVisitor }) => {
    const page = await (await newVisitor(phone)).newPage()
    await page.goto(url())
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await sidewaysScroll(page)).toBe(0)
    await page.evaluate("document.querySelector('main').innerHTML += '<button style=width:400px></button>'")
    expect(await accessibilityProblems(page)).toEqual([expect.stringMatching(/^button-name: .* \(button\)$/)])
    expect(await sidewaysScroll(page)).toBeGreaterThan(0)
  })
})

plain('what a test expects in vain is a problem too', () => {
  const problems = collectProblems()
  problems.expect(/never/)
  expect(problems.left()).toEqual(['Nothing came of what was expected: /never/'])
})
