import { describe, expect, it, vi } from 'vitest'
import type { Commit, Turn } from '../../src/index.ts'
import { gate, LEASE_MS, meddled, Scene, textsOf, user, virtualTime } from './scene.ts'

describe('a turn', () => {
  it('lands what it appends, sets and emits, and gives its result', async () => {
    const scene = new Scene()
    let id = ''
    const result = await scene.session.turn(async (turn) => {
      id = turn.id
      turn.append(user('hello'))
      turn.data.set('mood', { good: true })
      turn.emit({ type: 'begun' })
      await turn.checkpoint()
      turn.append(user('bye'))
      turn.emit({ type: 'ended' })
      return 42
    })
    expect(result).toBe(42)
    expect(await scene.texts()).toEqual(['hello', 'bye'])
    expect(await scene.another().turnEvents(id)).toEqual([{ type: 'begun' }, { type: 'ended' }])
    expect(await scene.another().turn((turn) => turn.data.get('mood'))).toEqual({ good: true })
    expect(await scene.session.turnRecord(id)).toMatchObject({ state: 'complete', steps: 2, who: 'first' })
  })

  it('leaves no lease and no ticket', async () => {
    const scene = new Scene()
    await Promise.all(Array.from({ length: 5 }, () => scene.session.turn((turn) => turn.append(user('x')))))
    expect(await scene.open()).toEqual([])
  })

  it('is complete though a renewal of its lease comes after its last commit', async () => {
    virtualTime()
    const scene = new Scene()
    const has = ({ ops }: Commit, verb: 'del' | 'touch') => ops.some((op) => Reflect.get(op, verb) === 'lease')
    const ended = gate()
    const renewal = gate()
    const store = meddled(scene.store, async (partition, commit) => {
      if (has(commit, 'touch')) await ended.promise
      const outcome = await scene.store.commit(partition, commit)
      if (has(commit, 'touch')) renewal.resolve()
      if (has(commit, 'del')) {
        ended.resolve()
        await renewal.promise
      }
      return outcome
    })
    let id = ''
    const result = scene.another('late', { store }).turn((turn) => {
      id = turn.id
      return 'done'
    })
    await vi.advanceTimersByTimeAsync(LEASE_MS / 2)
    expect(await result).toBe('done')
    expect((await scene.session.turnRecord(id))?.state).toBe('complete')
  })

  it('is seen as running until its last step has landed', async () => {
    const scene = new Scene()
    let id = ''
    await scene.session.turn(async (turn) => {
      id = turn.id
      turn.append(user('hello'))
      await turn.checkpoint()
      expect((await scene.another().turnRecord(id))?.state).toBe('running')
    })
    expect((await scene.another().turnRecord(id))?.state).toBe('complete')
  })

  it('is unknown by an id that no turn has had', async () => {
    const scene = new Scene()
    expect(await scene.session.turnRecord('none')).toBeUndefined()
    expect(await scene.session.turnEvents('none')).toEqual([])
  })

  it('that throws keeps its steps, discards the rest, and is marked interrupted', async () => {
    const scene = new Scene()
    let id = ''
    const failed = scene.session.turn(async (turn) => {
      id = turn.id
      turn.append(user('kept'))
      await turn.checkpoint()
      turn.append(user('discarded'))
      throw new Error('the model is down')
    })
    await expect(failed).rejects.toThrow('the model is down')
    expect(await scene.texts()).toEqual(['kept'])
    expect(await scene.session.turnRecord(id)).toMatchObject({ state: 'interrupted', steps: 1 })
    expect(await scene.open()).toEqual([])
  })

  it('sees the history with what it has appended, as copies of its own', async () => {
    const scene = new Scene()
    await scene.session.messages.append(user('before'))
    await scene.session.turn(async (turn) => {
      turn.append(user('mine'))
      const messages = await turn.messages()
      expect(textsOf(messages)).toEqual(['before', 'mine'])
      for (const message of messages) message.parts = []
    })
    expect(await scene.texts()).toEqual(['before', 'mine'])
  })

  it('keeps what others append meanwhile outside a turn', async () => {
    const scene = new Scene()
    await scene.session.turn(async (turn) => {
      turn.append(user('one'))
      await turn.checkpoint()
      await scene.another().messages.append(user('from outside'))
      turn.append(user('two'))
    })
    expect(await scene.texts()).toEqual(['one', 'from outside', 'two'])
  })

  it('gives its own values back before they have landed', async () => {
    const scene = new Scene()
    await scene.session.turn(async (turn) => {
      turn.data.set('a', 1)
      expect(await turn.data.get('a')).toBe(1)
      expect(await turn.data.get('b')).toBeUndefined()
    })
  })

  it('refuses another turn of the same session inside it with TURN_NESTED, and says which one is around', async () => {
    const scene = new Scene()
    await scene.session.turn(async (turn) => {
      expect(scene.session.currentTurn).toBe(turn)
      await expect(scene.session.turn(() => undefined)).rejects.toMatchObject({ code: 'TURN_NESTED' })
    })
    expect(scene.session.currentTurn).toBeUndefined()
  })

  it('may have turns of other sessions, and of other stores, inside it', async () => {
    const scene = new Scene()
    const inner = await scene.session.turn(() => new Scene().session.turn(() => 'inner'))
    expect(inner).toBe('inner')
  })

  it('that is over can write no more: its steps are refused with FENCED', async () => {
    const scene = new Scene()
    let old: Turn | undefined
    await scene.session.turn((turn) => {
      old = turn
    })
    old?.append(user('late'))
    await expect(old?.checkpoint()).rejects.toMatchObject({ code: 'FENCED' })
    expect(await scene.texts()).toEqual([])
    expect(old?.isActive).toBe(false)
  })

  it('keeps its lease by renewing it for as long as it runs', async () => {
    virtualTime()
    const scene = new Scene()
    const done = gate()
    const long = scene.session.turn(async (turn) => {
      await done.promise
      turn.append(user('long'))
    })
    const next = scene.another().turn(async (turn) => textsOf(await turn.messages()))
    await vi.advanceTimersByTimeAsync(3 * LEASE_MS)
    done.resolve()
    await long
    await vi.advanceTimersByTimeAsync(LEASE_MS)
    expect(await next).toEqual(['long'])
  })

  it.each([
    ['a message without parts', (turn: Turn) => turn.append({ role: 'user' } as never), 'MESSAGE_INVALID'],
    [
      'a message with a date',
      (turn: Turn) => turn.append({ ...user('x'), metadata: { at: new Date() } }),
      'MESSAGE_INVALID',
    ],
    ['an event with a function', (turn: Turn) => turn.emit({ call: () => 1 }), 'EVENT_INVALID'],
  ])('refuses %s, and nothing of it lands', async (_, act, code) => {
    const scene = new Scene()
    await expect(scene.session.turn((turn) => act(turn))).rejects.toMatchObject({ code })
    expect(await scene.texts()).toEqual([])
  })
})

describe('messages outside a turn', () => {
  it('land in their order, each with an id and a time', async () => {
    const scene = new Scene()
    await Promise.all([scene.session.messages.append([user('a'), user('b')]), scene.session.messages.append(user('c'))])
    expect(await scene.texts()).toEqual(['a', 'b', 'c'])
    const [first] = await scene.session.messages.list()
    expect(first).toMatchObject({ id: expect.any(String), createdAt: expect.any(Number) })
  })

  it('from two processes are all kept', async () => {
    const scene = new Scene()
    const other = scene.another()
    const from = async (session: typeof other, name: string) => {
      for (let at = 0; at < 10; at++) await session.messages.append(user(`${name}${at}`))
    }
    await Promise.all([from(scene.session, 'a'), from(other, 'b')])
    expect(await scene.texts()).toHaveLength(20)
  })

  it('are refused alone when they are wrong', async () => {
    const scene = new Scene()
    await expect(scene.session.messages.append({ role: '', parts: [] })).rejects.toMatchObject({
      code: 'MESSAGE_INVALID',
    })
  })
})
