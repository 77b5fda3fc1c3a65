import { describe, expect, it } from 'vitest'
import { LifecycleManager } from '../../src/index.ts'
import { SessionScene } from './scene.ts'

describe('sessions without a principal', () => {
  it('are read by nothing: it does not even compile', () => {
    const { sessions } = new SessionScene()
    const lifecycle = new LifecycleManager({ sessions })
    // @ts-expect-error -- a handle of a principal has it
    expect(sessions.get).toBeUndefined()
    // @ts-expect-error -- a handle of a principal has it
    expect(sessions.list).toBeUndefined()
    // @ts-expect-error -- a handle of a principal has it
    expect(sessions.create).toBeUndefined()
    // @ts-expect-error -- the service's handle alone has it
    expect(sessions.as({ userId: 'ada' }).open).toBeUndefined()
    // @ts-expect-error -- it watches, and reads for nobody
    expect(lifecycle.get).toBeUndefined()
    // @ts-expect-error -- a principal has a user
    expect(() => sessions.as({})).toThrow(expect.objectContaining({ code: 'USER_INVALID' }))
    // @ts-expect-error -- and is given
    expect(() => sessions.as()).toThrow(expect.objectContaining({ code: 'USER_INVALID' }))
  })
})
