import { describe, expect, it } from 'vitest'
import type { Commit, Session } from '../../src/index.ts'
import { meddled, Scene, textsOf, user } from './scene.ts'

const named = (id: string) => ({ ...user(id), id })

async function begun(): Promise<Scene> {
  const scene = new Scene()
  await scene.session.messages.append(['a', 'b', 'c'].map(named))
  return scene
}

const branchesOf = async (session: Session) =>
  Promise.all(
    (await session.branches.list()).map(async ({ name, current, messages }) => ({
      name: current ? `${name}, seen` : name,
      texts: textsOf(await session.messages.list({ branch: name })),
      messages,
    })),
  )

describe('a turn that branches off', () => {
  it.each([
    ['after a message', 'a', ['a', 'new', 'end'], 'fork-1, seen'],
    ['from the beginning', null, ['new', 'end'], 'reset-1, seen'],
  ])('%s: what it says stands there, and what was before on its own branch', async (_, from, texts, name) => {
    const scene = await begun()
    await scene.session.turn(async (turn) => {
      await turn.branch(from)
      turn.append(user('new'))
      expect(textsOf([...(await turn.messages())])).toEqual(texts.slice(0, -1))
      await turn.checkpoint()
      turn.append(user('end'))
    })
    const session = scene.another()
    expect(await branchesOf(session)).toEqual([
      { name: 'main', texts: ['a', 'b', 'c'], messages: 3 },
      { name, texts, messages: texts.length },
    ])
    expect((await session.undo())?.kind).toBe(from === null ? 'reset' : 'switch')
    expect(await scene.texts()).toEqual(['a', 'b', 'c'])
  })

  it('does so in one commit with the rest of the step, which its fence allows', async () => {
    const scene = await begun()
    const commits: Commit[] = []
    const store = meddled(scene.store, (partition, commit) => {
      commits.push(commit)
      return scene.store.commit(partition, commit)
    })
    await scene.another('branching', { store }).turn(async (turn) => {
      const before = commits.length
      await turn.branch('b')
      turn.append(user('new'))
      turn.data.set('mood', 'good')
      await turn.checkpoint()
      expect(commits).toHaveLength(before + 1)
    })
    const [step] = commits.filter(({ ops }) => ops.some((op) => 'put' in op && op.put.startsWith('b/')))
    expect(step?.fence?.key).toBe('lease')
    expect(step?.ops.some((op) => 'put' in op && op.put.startsWith('d/'))).toBe(true)
  })

  it('leaves no branch when the step does not land', async () => {
    const scene = await begun()
    const store = meddled(scene.store, (partition, commit) => {
      const branches = commit.ops.some((op) => 'put' in op && op.put.startsWith('b/'))
      return branches ? Promise.reject(new Error('cut off')) : scene.store.commit(partition, commit)
    })
    const turn = scene.another('cut', { store }).turn(async (turn) => {
      await turn.branch('a')
      turn.append(user('new'))
      await turn.checkpoint()
    })
    await expect(turn).rejects.toThrow('cut off')
    expect(await branchesOf(scene.another())).toEqual([{ name: 'main, seen', texts: ['a', 'b', 'c'], messages: 3 }])
  })

  it('may have nothing to say yet, and branch off again', async () => {
    const scene = await begun()
    await scene.session.turn(async (turn) => {
      await turn.branch('b')
      await turn.checkpoint()
      await turn.branch('a')
      await turn.checkpoint()
      turn.append(user('new'))
    })
    expect(await branchesOf(scene.another())).toEqual([
      { name: 'main', texts: ['a', 'b', 'c'], messages: 3 },
      { name: 'fork-1', texts: ['a', 'b'], messages: 2 },
      { name: 'fork-2, seen', texts: ['a', 'new'], messages: 2 },
    ])
  })

  it('is refused where there is no such message', async () => {
    const scene = await begun()
    await scene.session.turn(async (turn) => {
      await expect(turn.branch('x')).rejects.toMatchObject({ code: 'FORK_POINT_NOT_FOUND' })
    })
    expect(await scene.another().branches.list()).toHaveLength(1)
  })
})
