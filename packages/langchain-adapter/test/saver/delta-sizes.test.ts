import { AIMessage, HumanMessage, RemoveMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { DeltaSizes } from '../../src/saver/delta-sizes.ts'

const at = (checkpoint: string | undefined, thread = 't') => ({ thread, namespace: '', checkpoint })
const human = (id: string) => new HumanMessage({ content: id, id })
const all = () => true

describe('how many messages a delta channel holds', () => {
  it('is told from the first write on, by ids: again, in place of others, removed, and all of them', () => {
    const sizes = new DeltaSizes()
    expect(sizes.next(at(undefined), '1', all)).toBe(0)
    sizes.write(at('1'), 'a 0', [human('a'), human('b')])
    sizes.write(at('1'), 'a 0', [human('never: the first write stands')])
    sizes.write(at('1'), 'b 0', new AIMessage({ content: 'b, better', id: 'b' }))
    sizes.write(at('1'), 'b 1', 'no message')
    expect(sizes.next(at('1'), '2', all)).toBe(2)
    sizes.write(at('2'), 'c 0', [new RemoveMessage({ id: 'a' }), new RemoveMessage({ id: 'none' })])
    expect(sizes.next(at('2'), '3', all)).toBe(1)
    sizes.write(at('3'), 'd 0', [new RemoveMessage({ id: '__remove_all__' }), human('c')])
    expect(sizes.next(at('3'), '4', all)).toBe(1)
  })

  it('takes in only what the checkpoint takes in', () => {
    const sizes = new DeltaSizes()
    sizes.learn(at('1'), [[human('a')], human('b')])
    sizes.write(at('1'), 'handed', [human('c')])
    expect(sizes.next(at('1'), '2', (name) => name !== 'handed')).toBe(2)
  })

  it('is not known of a checkpoint that was not seen, of a sibling, or of one that is long past', () => {
    const sizes = new DeltaSizes()
    expect(sizes.next(at('elsewhere'), '1', all)).toBeUndefined()
    sizes.learn(at('1'), [[human('a')]])
    expect(sizes.next(at('1'), '2', all)).toBe(1)
    expect(sizes.next(at('1'), '2b', all)).toBeUndefined()
    for (let n = 0; n < 300; n++) sizes.learn(at('1', `other ${n}`), [])
    expect(sizes.next(at('2'), '3', all)).toBeUndefined()
    expect(sizes.next(at('1', 'other 299'), '2', all)).toBe(0)
  })
})
