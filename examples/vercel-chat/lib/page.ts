import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { build } from 'esbuild'
import { cookieFor } from './visitor.ts'

const folder = join(import.meta.dirname, '../page')
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** Gives the page, bundled once and held in memory; false for a path that is not of it. */
export async function bundlePage(): Promise<(req: IncomingMessage, res: ServerResponse) => boolean> {
  const { outputFiles } = await build({
    entryPoints: ['app.tsx', 'style.css'].map((file) => join(folder, file)),
    outdir: '/',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    // Zod tries whether it may make code of texts, which the policy below forbids and the console would tell.
    banner: { js: 'globalThis.__zod_globalConfig = { jitless: true }' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const files = new Map(
    outputFiles.map(({ path, contents }) => [`/${path.split(/[\\/]/).at(-1)}`, Buffer.from(contents)]),
  )
  files.set('/icon.svg', readFileSync(join(folder, 'icon.svg')))
  const index = readFileSync(join(folder, 'index.html'))
  return (req, res) => {
    const path = (req.url ?? '/').split('?')[0] as string
    const file = files.get(path)
    if (!file && !/^\/(c\/[^/]+)?$/.test(path)) return false
    const cookie = file ? undefined : cookieFor(req.headers.cookie)
    res.writeHead(200, {
      'content-type': `${types[extname(path)] ?? 'text/html'}; charset=utf-8`,
      'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
      ...(cookie && { 'set-cookie': cookie }),
    })
    res.end(file ?? index)
    return true
  }
}
