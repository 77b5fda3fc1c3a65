import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackages, packedIn, packPackages } from '../../scripts/pack.ts'
import { root } from '../../scripts/run-command.ts'
import { worksWithEveryAi } from './ai-sdk/versions.ts'
import { worksWithEveryLangChain } from './langchain/versions.ts'
import { installInto } from './packed-project.ts'

const run = promisify(execFile)
const oldestNode = join(root, 'node_modules/node-oldest/bin/node')

const needVitest = ['./testing']
/** It stands in `ai`, which is not installed here: `ai-sdk/versions.ts` installs it. */
const needAi = ['./client']
/** Their types name those of a client library that is not installed here. */
const needClients = ['./redis', './postgres']

/** The first TypeScript block of the README: what a reader copies. */
function readmeSnippet(): string {
  const snippet = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]
  if (!snippet) throw new Error('README.md has no TypeScript block')
  return snippet
}

/** The same program as CommonJS: imports become `require`, and the rest moves into an async function. */
function asCommonJs(snippet: string): string {
  const required = snippet.replace(/^import (\{[^}]+\}) from ('[^']+')$/gm, 'const $1 = require($2)')
  const lines = required.split('\n')
  const head = lines.filter((line) => line.includes('= require('))
  const body = lines.filter((line) => !line.includes('= require('))
  return `${head.join('\n')}\nmain()\nasync function main() {\n${body.join('\n')}\n}\n`
}

/** Where a whole run has packed them already. */
const given = process.env.EVERTHREAD_TARBALLS
const tarballs = given ?? mkdtempSync(join(tmpdir(), 'everthread-tarballs-'))
let packed: string[] = []

beforeAll(async () => {
  if (!given) await buildPackages()
  packed = given ? packedIn(given) : await packPackages(tarballs)
}, 300_000)

afterAll(() => {
  if (!given) rmSync(tarballs, { recursive: true, force: true })
})

describe('the packed packages, installed in an empty project', { timeout: 300_000 }, () => {
  let project: string

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'everthread-packed-'))
    await installInto(project, packed, peersOfWorkspace(), { '@langchain/protocol': '0.0.19' })
  }, 300_000)

  afterAll(() => rmSync(project, { recursive: true, force: true }))

  it.each([
    ['an ES module', 'the oldest Node we promise', oldestNode, 'snippet.mjs', (snippet: string) => snippet],
    ['a CommonJS module', 'the oldest Node we promise', oldestNode, 'snippet.cjs', asCommonJs],
    ['an ES module', 'the Node of this run', process.execPath, 'snippet.mjs', (snippet: string) => snippet],
    ['a CommonJS module', 'the Node of this run', process.execPath, 'snippet.cjs', asCommonJs],
  ])('run the snippet of the README as %s, on %s', async (_kind, _on, node, name, convert) => {
    const folder = mkdtempSync(join(project, 'snippet-'))
    writeFileSync(join(folder, name), convert(readmeSnippet()))
    const { stdout } = await run(node, ['--disable-warning=ExperimentalWarning', name], { cwd: folder })
    expect(stdout).toContain('You have said 2 things')
  })

  it.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])('have types that resolve under moduleResolution %s', async (moduleResolution, module) => {
    const folder = join(project, `types-${moduleResolution}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'snippet.ts'), readmeSnippet())
    writeFileSync(join(folder, 'entries.ts'), everyEntry([...needVitest, ...needAi, ...needClients]))
    const compilerOptions = { strict: true, noEmit: true, target: 'es2023', types: ['node'], module, moduleResolution }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const tsc = join(root, 'node_modules/.bin/tsc')
    const complaint = await run(tsc, ['-p', folder], { cwd: project }).then(
      () => '',
      (error: { stdout: string; message: string }) => error.stdout || error.message,
    )
    expect(complaint).toBe('')
  })

  it('are imported without the optional peers, which are not installed here', async () => {
    for (const peer of ['ioredis', 'pg', 'gpt-tokenizer', 'langchain', 'ai'])
      expect(existsSync(join(project, 'node_modules', peer))).toBe(false)
    writeFileSync(join(project, 'entries.mjs'), everyEntry([...needVitest, ...needAi]))
    const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'entries.mjs'], {
      cwd: project,
    })
    expect(stdout).toBe('')
  })
})

worksWithEveryLangChain(() => packed)

worksWithEveryAi(() => packed)

/** A file that imports every entry of the packages but some. */
function everyEntry(except: string[]): string {
  const entries = ['core', 'express-middleware', 'langchain-adapter', 'vercel-ai-adapter'].flatMap((name) => {
    const text = readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')
    const { exports } = JSON.parse(text) as { exports: Record<string, string> }
    const paths = Object.keys(exports).filter((path) => path !== './package.json' && !except.includes(path))
    return paths.map((path) => `@everthread/${name}${path.slice(1)}`)
  })
  return entries.map((entry, index) => `import * as entry${index} from '${entry}'\nvoid entry${index}\n`).join('')
}

/** What the snippet of the README and the types of the packages take, in the versions of this workspace. */
function peersOfWorkspace(): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const names = ['@langchain/core', '@langchain/langgraph', '@langchain/langgraph-checkpoint', '@types/node', 'zod']
  return Object.fromEntries(names.map((name) => [name, devDependencies[name] ?? '*']))
}
