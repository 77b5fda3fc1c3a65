import { describe, expect, it, vi } from 'vitest'
import type { Recovered } from '../../src/index.ts'
import { LEASE_MS, Scene, user, virtualTime } from './scene.ts'

describe('after a process that died in a turn', () => {
  it('the next turn starts when the lease has run out, and hears what was left', async () => {
    const scene = new Scene()
    const id = await scene.dieInTurn('begun')
    expect((await scene.session.turnRecord(id))?.state).toBe('running')
    const recovered = await scene.session.turn((turn) => turn.recovered)
    expect(recovered).toMatchObject({ turn: { id, state: 'interrupted', who: 'dead' }, writes: [], toolCalls: [] })
    expect((await scene.session.turnRecord(id))?.state).toBe('interrupted')
  })

  it('its turn is seen as interrupted as soon as the lease has run out, before anybody comes', async () => {
    const scene = new Scene()
    const id = await scene.dieInTurn('begun')
    await expect.poll(async () => (await scene.session.turnRecord(id))?.state).toBe('interrupted')
  })

  it('onRecover may seal what was left, before the turn goes on', async () => {
    const scene = new Scene()
    const call = { type: 'tool_call' as const, id: 'call-1', name: 'look' }
    const answered = { type: 'tool_call' as const, id: 'call-0', name: 'look' }
    await scene.session.messages.append({ role: 'assistant', parts: [answered, call] })
    await scene.session.messages.append({ role: 'tool', parts: [{ type: 'tool_call_response', id: 'call-0' }] })
    await scene.dieInTurn('begun')
    let seen: Recovered | undefined
    await scene.session.turn((turn) => turn.append(user('next')), {
      onRecover: (turn, recovered) => {
        seen = recovered
        turn.append({ role: 'tool', parts: recovered.toolCalls.map(({ id }) => ({ type: 'tool_call_response', id })) })
      },
    })
    expect(seen?.toolCalls).toEqual([call])
    expect((await scene.session.messages.list()).map(({ role }) => role).slice(-2)).toEqual(['tool', 'user'])
    expect(await scene.session.turn((turn) => turn.recovered)).toBeUndefined()
  })

  it('a turn of the same commitId is tried again', async () => {
    const scene = new Scene()
    await scene.dieInTurn('begun')
    expect(await scene.session.turn(() => 'again', { onBusy: 'join', commitId: 'x' })).toBe('again')
  })

  it('a waiter that died holds up nobody for longer than its ticket lives', async () => {
    const scene = new Scene()
    const partition = { tenant: 'default', id: scene.id }
    const ops = [{ put: 'q/0000000000000001/dead', value: new TextEncoder().encode('{}'), ttlMs: 100 }]
    await scene.store.commit(partition, { id: 'ticket', ops })
    expect(await scene.session.turn(() => 'served')).toBe('served')
  })
})

describe('a turn whose lease is lost', () => {
  it('is aborted with FENCED, and nothing more of it lands', async () => {
    const scene = new Scene()
    const turn = scene.session.turn(async (it) => {
      it.append(user('kept'))
      await it.checkpoint()
      await scene.store.commit({ tenant: 'default', id: scene.id }, { id: 'thief', ops: [{ del: 'lease' }] })
      it.append(user('lost'))
      await new Promise((resolve) => it.signal.addEventListener('abort', resolve))
    })
    await expect(turn).rejects.toMatchObject({ code: 'FENCED' })
    expect(await scene.texts()).toEqual(['kept'])
  })

  it('goes on when a renewal fails that can be tried again', async () => {
    virtualTime()
    const scene = new Scene()
    let failures = 2
    const shaky = new Proxy(scene.store, {
      get(target, name) {
        if (name !== 'commit') return Reflect.get(target, name).bind(target)
        return (...[partition, commit]: Parameters<typeof target.commit>) => {
          const renewal = commit.ops.some((op) => 'touch' in op)
          return renewal && failures-- > 0 ? Promise.reject(new Error('away')) : target.commit(partition, commit)
        }
      },
    })
    const session = scene.another('shaky', { store: shaky })
    const turn = session.turn(async (it) => {
      await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS))
      it.append(user('still here'))
    })
    await vi.advanceTimersByTimeAsync(2 * LEASE_MS)
    await turn
    expect(await scene.texts()).toEqual(['still here'])
  })
})
