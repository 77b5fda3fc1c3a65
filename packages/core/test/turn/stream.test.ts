import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Commit, Session, Store, Turn, TurnRecord } from '../../src/index.ts'
import { gate, meddled, Scene, untilAborted, user, virtualTime } from './scene.ts'

/** All that comes, and how the turn ended. */
async function followed(
  session: Session,
  id: string,
  after?: number,
): Promise<{ pieces: unknown[]; record: TurnRecord | undefined }> {
  const pieces: unknown[] = []
  const stream = session.turns.follow(id, after === undefined ? {} : { after })
  let next = await stream.next()
  for (; !next.done; next = await stream.next()) pieces.push(next.value)
  return { pieces, record: next.value }
}

/** A turn that goes on until its gate opens. */
async function openTurn(session: Session): Promise<{ turn: Turn; end(): Promise<void> }> {
  const began = Promise.withResolvers<Turn>()
  const ends = gate()
  const whole = session.turn(async (turn) => {
    began.resolve(turn)
    await ends.promise
  })
  return {
    turn: await began.promise,
    async end() {
      ends.resolve()
      await whole
    },
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('what a turn sends', () => {
  it('is read by others from its beginning or from a place on, each piece once, to the end', async () => {
    const scene = new Scene()
    const { turn, end } = await openTurn(scene.session)
    turn.send(...numbers(3))
    const live = followed(scene.another(), turn.id)
    const late = followed(scene.another(), turn.id, 4)
    turn.append(user('a step'))
    await turn.checkpoint()
    turn.send(3, 4)
    turn.send({ last: 5 })
    await end()
    expect(await live).toMatchObject({ pieces: [0, 1, 2, 3, 4, { last: 5 }], record: { state: 'complete' } })
    expect((await late).pieces).toEqual([4, { last: 5 }])
    expect((await followed(scene.another(), turn.id)).pieces).toHaveLength(6)
  })

  it('comes in order and once, whatever steps and waits are between, however large', async () => {
    const piece = fc.record({
      size: fc.constantFrom(1, 100, 3_000, 20_000),
      after: fc.constantFrom('nothing', 'wait', 'step', 'let others run'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (plan) => {
        const scene = new Scene()
        const { turn, end } = await openTurn(scene.session)
        const seen = followed(scene.another(), turn.id)
        for (const [at, { size, after }] of plan.entries()) {
          turn.send([at, 'x'.repeat(size)])
          if (after === 'let others run') await new Promise((resolve) => setImmediate(resolve))
          if (after === 'wait') await vi.waitFor(async () => expect(await rowsOf(scene, turn.id)).toContain(`[${at},`))
          if (after !== 'step') continue
          turn.append(user(`${at}`))
          await turn.checkpoint()
        }
        await end()
        const { pieces } = await seen
        expect(pieces).toEqual(plan.map(({ size }, at) => [at, 'x'.repeat(size)]))
      }),
      { numRuns: 20 },
    )
  })

  it('is flushed after 50 ms, or at 16 KB at once, in fenced commits', async () => {
    virtualTime()
    const scene = new Scene()
    const commits: Commit[] = []
    const store = meddled(scene.store, (partition, commit) => {
      commits.push(commit)
      return scene.store.commit(partition, commit)
    })
    const { turn, end } = await openTurn(scene.another('sender', { store }))
    const streamed = () => commits.filter(({ ops }) => ops.some((op) => 'put' in op && op.put.startsWith('f/')))
    turn.send('a')
    turn.send('b')
    await vi.advanceTimersByTimeAsync(49)
    expect(streamed()).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(streamed()).toHaveLength(1)
    turn.send('x'.repeat(17_000))
    await vi.advanceTimersByTimeAsync(0)
    expect(streamed()).toHaveLength(2)
    expect(streamed().every(({ fence }) => fence?.key === 'lease')).toBe(true)
    await end()
  })

  it('is kept until 5 minutes after the end; then whoever asks hears that it is gone', async () => {
    virtualTime()
    const scene = new Scene()
    const { turn, end } = await openTurn(scene.session)
    for (const at of numbers(50)) turn.send([at, 'x'.repeat(500)])
    await vi.advanceTimersByTimeAsync(100)
    turn.send('last')
    await end()
    await vi.advanceTimersByTimeAsync(299_000)
    expect((await followed(scene.another(), turn.id)).pieces).toHaveLength(51)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await rowsOf(scene, turn.id)).toBe('')
    for (const after of [0, 50]) {
      await expect(followed(scene.another(), turn.id, after)).rejects.toMatchObject({ code: 'TURN_STREAM_LOST' })
    }
    expect((await followed(scene.another(), turn.id, 51)).pieces).toEqual([])
    await expect(followed(scene.another(), 'no such turn')).rejects.toMatchObject({ code: 'TURN_STREAM_LOST' })
  })

  it('lacks what is too large for a row, which is told', async () => {
    const scene = new Scene()
    const { turn, end } = await openTurn(scene.session)
    turn.send('a', 'x'.repeat(4 * 1024 * 1024), 'c')
    await end()
    const stream = scene.another().turns.follow(turn.id)
    expect(await stream.next()).toEqual({ value: 'a', done: false })
    await expect(stream.next()).rejects.toMatchObject({ code: 'TURN_STREAM_LOST' })
  })

  it('is not lost when a commit of it fails: it goes with the next', async () => {
    virtualTime()
    const scene = new Scene()
    let failing = false
    const store = meddled(scene.store, (partition, commit) => {
      const streams = commit.ops.some((op) => 'put' in op && op.put.startsWith('f/'))
      if (failing && streams) return Promise.reject(new Error('unreachable'))
      return scene.store.commit(partition, commit)
    })
    const { turn, end } = await openTurn(scene.another('sender', { store }))
    failing = true
    turn.send('a')
    await vi.advanceTimersByTimeAsync(60)
    failing = false
    turn.send('b')
    await vi.advanceTimersByTimeAsync(60)
    expect(await rowsOf(scene, turn.id)).toBe('["a","b"]')
    await end()
    expect((await followed(scene.another(), turn.id)).pieces).toEqual(['a', 'b'])
  })

  it('ends for those who follow when its process dies, as far as it came', async () => {
    const scene = new Scene()
    const dead = await scene.dieInTurn('left', (turn) => turn.send('one', 'two'))
    const { pieces, record } = await followed(scene.another(), dead)
    expect(pieces).toEqual(['one', 'two'])
    expect(record?.state).toBe('interrupted')
  })

  it('is refused when it is no JSON, or the turn is over', async () => {
    const scene = new Scene()
    const { turn, end } = await openTurn(scene.session)
    expect(() => turn.send(new Date())).toThrow(expect.objectContaining({ code: 'STREAM_INVALID' }))
    await end()
    expect(() => turn.send('late')).toThrow(expect.objectContaining({ code: 'STREAM_INVALID' }))
  })

  it('is followed no longer than its reader wants', async () => {
    const scene = new Scene()
    const { turn, end } = await openTurn(scene.session)
    const leave = new AbortController()
    const waiting = scene.another().turns.follow(turn.id, { signal: leave.signal }).next()
    leave.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await end()
  })

  it.each([null, { after: -1 }, { after: '1' }, { signal: 1 }])('is not followed by %o', async (options) => {
    const { turns } = new Scene().session
    await expect(turns.follow('x', options as never).next()).rejects.toMatchObject({ code: 'FOLLOW_INVALID' })
    await expect(turns.follow('').next()).rejects.toMatchObject({ code: 'ID_INVALID' })
  })
})

describe('the turn under way', () => {
  it('is told of while it runs, in every process', async () => {
    const scene = new Scene()
    expect(await scene.another().turns.running()).toBeUndefined()
    const { turn, end } = await openTurn(scene.session)
    expect(await scene.another().turns.running()).toMatchObject({ id: turn.id, state: 'running' })
    await end()
    expect(await scene.another().turns.running()).toBeUndefined()
  })

  it('is ended from elsewhere, with time to seal what it has', async () => {
    const scene = new Scene()
    const began = gate()
    const whole = scene.session.turn(async (turn) => {
      began.resolve()
      await untilAborted(turn.signal)
      turn.append(user('sealed'))
      turn.send('sealed')
    })
    const failed = expect(whole).rejects.toMatchObject({ code: 'TURN_INTERRUPTED' })
    await began.promise
    const { turns } = scene.another()
    expect(await turns.interrupt('another turn')).toBeUndefined()
    const ended = await turns.interrupt()
    expect(ended).toMatchObject({ state: 'interrupted', streamed: 1 })
    await failed
    expect(await scene.texts()).toEqual(['sealed'])
    expect((await followed(scene.another(), ended?.id as string)).pieces).toEqual(['sealed'])
    expect(await turns.interrupt()).toBeUndefined()
  })

  it('that is dead has not to be waited for longer than its lease', async () => {
    const scene = new Scene()
    await scene.dieInTurn('left')
    expect(await scene.another().turns.running()).toBeDefined()
    expect((await scene.another().turns.interrupt())?.state).toBe('interrupted')
    expect(await scene.another().turns.running()).toBeUndefined()
  })
})

async function rowsOf({ store, id }: { store: Store; id: string }, turn: string): Promise<string> {
  const { rows } = await store.read({ tenant: 'default', id }, [{ prefix: `f/${turn}/`, limit: 1_000 }])
  return (rows[0] ?? []).map(({ value }) => new TextDecoder().decode(value)).join('')
}
