import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))

interface Import {
  /** The importing file, from `packages/`. */
  from: string
  /** A file from `packages/` for a relative import, else the specifier. */
  to: string
}

const statements = [/^(?:import|export)\b[^'`]*?\bfrom '([^']+)'/gm, /^import '([^']+)'/gm, /\bimport\('([^']+)'\)/g]

function importsOf(name: string): Import[] {
  const source = join(packages, name, 'src')
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const path = join(source, file)
      const text = readFileSync(path, 'utf8')
      const specifiers = statements.flatMap((statement) => [...text.matchAll(statement)])
      return specifiers.map(([, specifier = '']) => ({
        from: relative(packages, path),
        to: specifier.startsWith('.') ? relative(packages, join(dirname(path), specifier)) : specifier,
      }))
    })
}

const isNode = (to: string) => to.startsWith('node:')
const isUnder = (file: string, ...folders: string[]) => folders.some((folder) => file.startsWith(`${folder}/`))
const arrow = ({ from, to }: Import) => `${from} -> ${to}`

describe('imports in core', () => {
  const imports = importsOf('core')
  const within = (...folders: string[]) => imports.filter(({ from }) => isUnder(from, ...folders))
  const core = 'core/src'

  it('are found by this test at all', () => {
    expect(imports.length).toBeGreaterThan(20)
  })

  it('reach outside only for its dependencies, and for each optional peer only from its own place', () => {
    const outside = imports.filter(({ to }) => !isUnder(to, core) && !isNode(to) && to !== 'lru-cache')
    const misplaced = outside.filter(({ from, to }) => {
      if (to === 'ioredis') return !isUnder(from, `${core}/stores/redis`)
      if (to === 'pg') return !isUnder(from, `${core}/stores/postgres`)
      if (to.startsWith('gpt-tokenizer/')) return from !== `${core}/context/tokens/gpt-tokenizer.ts`
      if (to === 'p-queue') return from !== `${core}/scheduler/slots.ts`
      if (to === 'vitest' || to === 'fast-check') return !isUnder(from, `${core}/testing`)
      return true
    })
    expect(misplaced.map(arrow)).toEqual([])
  })

  it('name modules of Node with their prefix', () => {
    expect(imports.filter(({ to }) => builtinModules.includes(to) && !isNode(to)).map(arrow)).toEqual([])
  })

  it('leave the contract with nothing but itself and the errors', () => {
    const upward = within(`${core}/contract`).filter(({ to }) => !isUnder(to, `${core}/contract`) && !isErrors(to))
    expect(upward.map(arrow)).toEqual([])
  })

  it('leave the codec knowing the contract, and no store', () => {
    const allowed = [`${core}/codec`, `${core}/contract`]
    const upward = within(`${core}/codec`).filter(({ to }) => !isUnder(to, ...allowed) && !isErrors(to) && !isNode(to))
    expect(upward.map(arrow)).toEqual([])
  })

  it('leave the stores knowing bytes, keys and atomicity, and nothing of messages', () => {
    const allowed = [`${core}/stores`, `${core}/codec`, `${core}/contract`]
    const upward = within(`${core}/stores`).filter(({ to }) => isUnder(to, core) && !isUnder(to, ...allowed))
    expect(upward.filter(({ to }) => !isErrors(to)).map(arrow)).toEqual([])
  })

  it('keep each store out of the other stores; the SQL base is shared', () => {
    const kinds = ['sqlite', 'redis', 'postgres', 'sql']
    const folder = (file: string) => kinds.find((kind) => isUnder(file, `${core}/stores/${kind}`))
    const across = within(`${core}/stores`).filter(({ from, to }) => {
      const target = folder(to)
      if (target === undefined || target === folder(from)) return false
      return target !== 'sql' || !['sqlite', 'postgres'].includes(folder(from) ?? '')
    })
    expect(across.map(arrow)).toEqual([])
  })

  it('keep what sessions mean away from any particular store', () => {
    const meaning = [
      'session',
      'checkpoint',
      'context',
      'turn',
      'lifecycle',
      'message',
      'messages',
      'keys',
      'reset',
      'template',
      'title',
      'tools',
      'export',
      'share',
      'commands',
      'scheduler',
    ]
    const folders = meaning.map((name) => `${core}/${name}`)
    const downward = within(...folders).filter(({ to }) => isUnder(to, `${core}/stores`))
    expect(downward.map(arrow)).toEqual([])
  })

  it('let turns know nothing of the scheduler but the gate that they pass', () => {
    const upward = within(`${core}/turn`).filter(({ to }) => isUnder(to, `${core}/scheduler`))
    expect(upward.map(arrow)).toEqual([])
  })

  function isErrors(to: string): boolean {
    return to === `${core}/errors.ts`
  }
})

describe('imports in an adapter', () => {
  const frameworks = {
    // Neither LangGraph nor `langchain`, whose users have them and others need not.
    'langchain-adapter': /^@langchain\/(core|langgraph-checkpoint)(\/|$)/,
    'express-middleware': /^(cookie|lru-cache|zod\/v4)$/,
    // It knows messages and streams by their shape.
    'vercel-ai-adapter': /^never$/,
  }

  it.each(Object.entries(frameworks))(
    '%s: reach the core by its name, what speaks its framework, and nothing else',
    (name, framework) => {
      const elsewhere = importsOf(name).filter(({ from, to }) => {
        if (isUnder(from, `${name}/src/client`)) return false
        if (isUnder(to, `${name}/src`) || isNode(to) || framework.test(to)) return false
        return to !== '@everthread/core' && !to.startsWith('@everthread/core/')
      })
      expect(elsewhere.map(arrow)).toEqual([])
    },
  )

  it('vercel-ai-adapter: keep what runs in the browser apart, with nothing but the framework it stands in', () => {
    const client = 'vercel-ai-adapter/src/client'
    const own = importsOf('vercel-ai-adapter').filter(({ from }) => isUnder(from, client))
    expect(own.length).toBeGreaterThan(0)
    expect(own.filter(({ to }) => !isUnder(to, client) && to !== 'ai').map(arrow)).toEqual([])
  })
})
