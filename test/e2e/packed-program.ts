import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../scripts/run-command.ts'
import { installInto } from './packed-project.ts'

const run = promisify(execFile)

/** A project with the packed packages in which a program is run, and its types are checked. */
export class PackedProgram {
  readonly folder: string
  readonly #program: string

  private constructor(folder: string, program: string) {
    this.folder = folder
    this.#program = program
  }

  /**
   * @param program The program's file
   * @param dependencies What is installed beside the packages; what they bring themselves is held to the same versions
   */
  static async install(
    program: string,
    packed: readonly string[],
    dependencies: Record<string, string>,
  ): Promise<PackedProgram> {
    const folder = mkdtempSync(join(tmpdir(), 'everthread-packed-program-'))
    await installInto(folder, packed, dependencies, dependencies)
    copyFileSync(program, join(folder, basename(program)))
    return new PackedProgram(folder, basename(program))
  }

  /** What it prints, which is JSON. */
  async outcome(): Promise<unknown> {
    const flags = ['--disable-warning=ExperimentalWarning', this.#program]
    const { stdout } = await run(process.execPath, flags, { cwd: this.folder })
    return JSON.parse(stdout)
  }

  /** What the compiler complains of. Libraries' own types are not looked at: those of the oldest are not right. */
  async complaint(): Promise<string> {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'] },
      ...{ module: 'nodenext', skipLibCheck: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    }
    const manifest = { private: true, type: 'module' }
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: [this.#program] }))
    return run(join(root, 'node_modules/.bin/tsc'), ['-p', this.folder]).then(
      () => '',
      (error: { stdout: string; message: string }) => error.stdout || error.message,
    )
  }
}
