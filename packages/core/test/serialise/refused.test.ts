import { describe, expect, it } from 'vitest'
import { createSerialiser } from '../../src/codec/serialise.ts'
import { EverthreadError } from '../../src/errors.ts'

const { stringify, parse } = createSerialiser()

function refusal(run: () => unknown): { code: string; message: string } {
  try {
    run()
  } catch (error) {
    if (EverthreadError.isInstance(error)) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('it was not refused')
}

describe('values that cannot be stored', () => {
  it('a function is refused with its path', () => {
    const { code, message } = refusal(() => stringify({ tools: [{ run: () => 1 }] }, 'state'))
    expect(code).toBe('VALUE_UNSUPPORTED')
    expect(message).toContain('"state.tools[0].run"')
  })

  it('a symbol is refused with its path', () => {
    const { code, message } = refusal(() => stringify(new Map([['a', Symbol('s')]])))
    expect(code).toBe('VALUE_UNSUPPORTED')
    expect(message).toContain('"value[0][1]"')
  })

  it('a cycle is refused where it closes', () => {
    const leaf: Record<string, unknown> = {}
    const tree = { list: [leaf] }
    leaf.back = tree
    const { code, message } = refusal(() => stringify(tree, 'state'))
    expect(code).toBe('VALUE_CYCLIC')
    expect(message).toContain('"state.list[0].back"')
  })

  it('a cycle through a map, an error and a toJSON is refused', () => {
    const map = new Map()
    map.set('self', { map })
    const error = new Error('a')
    error.cause = error
    const endless = { toJSON: (): unknown => ({ again: endless }) }
    for (const value of [map, error, endless]) {
      expect(refusal(() => stringify(value)).code).toBe('VALUE_CYCLIC')
    }
  })

  it('a cycle that doubles at each turn ends soon', () => {
    const node: Record<string, unknown> = {}
    for (let i = 0; i < 20; i++) node[`k${i}`] = node
    expect(refusal(() => stringify(node)).code).toBe('VALUE_CYCLIC')
  })

  it('what nests too deep is refused', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = { deep }
    expect(refusal(() => stringify(deep)).code).toBe('VALUE_TOO_DEEP')
    expect(refusal(() => stringify([deep, new Date()])).code).toBe('VALUE_TOO_DEEP')
  })

  it('a getter that throws is reported with its cause', () => {
    const { code } = refusal(() =>
      stringify({
        get a(): never {
          throw new Error('gone')
        },
      }),
    )
    expect(code).toBe('VALUE_UNSUPPORTED')
  })
})

describe('text that no serialiser wrote', () => {
  const texts: Record<string, string> = {
    'no JSON': '{"a":',
    'an unknown tag': '{"$":"process","v":[]}',
    'a tag that is no text': '{"$":{"a":1}}',
    'a tag in the wrong place': '{"a":1,"$":"map","v":[]}',
    'a map of no pairs': '{"$":"map","v":[[1]]}',
    'a set of no list': '{"$":"set","v":{}}',
    'a date of no number': '{"$":"date","v":"today"}',
    'an unknown error class': '{"$":"error","v":{"class":"Function"}}',
    'an error class of Object': '{"$":"error","v":{"class":"constructor"}}',
    'own properties that are none': '{"$":"error","v":{"class":"Error","own":[]}}',
    'an error of no parts': '{"$":"error","v":1}',
    'an unknown view': '{"$":"view","v":["SharedArrayBuffer","AAAA"]}',
    'a view cut short': '{"$":"view","v":["Float64Array","AAAA"]}',
    'a view without bytes': '{"$":"view","v":["Uint8Array"]}',
    'a buffer of no text': '{"$":"buffer","v":1}',
    'an array buffer of no text': '{"$":"arraybuffer","v":[]}',
    'a bigint that is none': '{"$":"bigint","v":"0x1"}',
    'a number that is none': '{"$":"number","v":"toString"}',
    'a broken pattern': '{"$":"regexp","v":["(","g"]}',
    'a pattern without flags': '{"$":"regexp","v":["a"]}',
    'a pattern that is no list': '{"$":"regexp","v":"a"}',
    'a broken address': '{"$":"url","v":"not a url"}',
    'a sparse array without a length': '{"$":"sparse","v":[[]]}',
    'a sparse array of negative length': '{"$":"sparse","v":[-1,[]]}',
    'an index past the length': '{"$":"sparse","v":[1,[[5,1]]]}',
    'entries that are none': '{"$":"object","v":[["a"]]}',
    'a key that is no text': '{"$":"bare","v":[[1,1]]}',
  }
  for (const [name, text] of Object.entries(texts)) {
    it(`${name} is refused`, () => {
      expect(refusal(() => parse(text)).code).toBe('VALUE_CORRUPT')
    })
  }

  it('endless nesting is refused', () => {
    const text = `${'['.repeat(100_000)}{"$":"undefined"}${']'.repeat(100_000)}`
    expect(refusal(() => parse(text)).code).toBe('VALUE_CORRUPT')
  })
})
