import { type Dirent, realpathSync } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'

const maxFiles = 2_000
const maxFileBytes = 512 * 1024
const skipped = new Set(['node_modules', 'dist', 'coverage'])

/** What was asked for is not there, or not ours to read. The message is fit for the model. */
export class FolderError extends Error {
  override name = 'FolderError'
}

/** Read-only access to the text files of one folder, and to nothing outside it. */
export class Folder {
  readonly root: string

  constructor(path: string) {
    try {
      this.root = realpathSync(path)
    } catch (cause) {
      throw new FolderError(`The folder ${path} does not exist: give one that does with --folder.`, { cause })
    }
  }

  /** Paths of the text files, relative to the folder and sorted; hidden ones and links left out. */
  async files(): Promise<string[]> {
    const found: string[] = []
    const open = [this.root]
    for (let folder = open.shift(); folder !== undefined && found.length < maxFiles; folder = open.shift()) {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (entry.name.startsWith('.') || skipped.has(entry.name)) continue
        if (entry.isDirectory()) open.push(join(folder, entry.name))
        else if (entry.isFile()) found.push(this.#nameOf(folder, entry))
      }
    }
    return found.sort().slice(0, maxFiles)
  }

  /** The lines of a file. Refuses what lies outside, links, and what is no text. */
  async lines(path: string): Promise<string[]> {
    const target = await this.#inside(path)
    const found = await lstat(target).catch(() => undefined)
    if (!found) throw new FolderError(`There is no file ${path}.`)
    if (!found.isFile()) throw new FolderError(`${path} is not a file.`)
    if (found.size > maxFileBytes) throw new FolderError(`${path} is larger than ${maxFileBytes / 1024} KiB.`)
    const text = await readFile(target, 'utf8')
    if (text.includes('\0')) throw new FolderError(`${path} is not a text file.`)
    return text.split(/\r?\n/)
  }

  async #inside(path: string): Promise<string> {
    const refusal = new FolderError(`${path} is refused: only files inside the folder can be read.`)
    if (path.includes('\0') || isAbsolute(path)) throw refusal
    const target = resolve(this.root, path)
    const inner = relative(this.root, target)
    if (inner === '' || inner.split(sep)[0] === '..' || isAbsolute(inner)) throw refusal
    let at = this.root
    for (const segment of inner.split(sep)) {
      at = join(at, segment)
      if ((await lstat(at).catch(() => undefined))?.isSymbolicLink()) throw refusal
    }
    return target
  }

  #nameOf(folder: string, entry: Dirent): string {
    return relative(this.root, join(folder, entry.name)).split(sep).join('/')
  }
}
