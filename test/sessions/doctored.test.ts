import type { NeutralMessage } from '@everthread/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redigest } from './documents.ts'
import { elsewhere, everythingOf, talked } from './exported.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { user } from './talk.ts'

const invalid = { code: 'EXPORT_INVALID' }

describe.each(subjects)('on $name', (subject) => {
  const scene = Scene.on(subject)

  describe('what is no export, or was doctored, is refused whole:', () => {
    it.each<[string, unknown]>([
      ['no text', 7],
      ['nothing', ''],
      ['no JSON', 'hello'],
      ['another JSON', '{"a":1}'],
      ['a list', '[]'],
      ['null', 'null'],
      [
        'pieces that are none',
        (async function* () {
          yield 7
        })(),
      ],
      ['a later version', '{"everthread":"session","version":2,"session":{}}\n{"digest":"x"}'],
      ['a head without a session', '{"everthread":"session","version":1}\n{"digest":"x"}'],
    ])('%s', async (_, source) => {
      const { sessions } = elsewhere(scene)
      await expect(sessions.asService().import(source as string)).rejects.toMatchObject(invalid)
      expect(await sessions.asService().count()).toBe(0)
    })

    it('one with any character changed, added or missing', async () => {
      const session = await talked(scene)
      const [text, lines] = [await session.export(), await session.export({ format: 'jsonl' })]
      const edit = fc.tuple(fc.nat(), fc.constantFrom('', 'x', '"', '0', '\n', '{}'), fc.integer({ min: 0, max: 3 }))
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(text, lines), edit, async (given, [where, added, removed]) => {
          const at = where % (given.length - 1)
          const changed = given.slice(0, at) + added + given.slice(at + removed)
          const { sessions, tenant } = elsewhere(scene)
          const before = await everythingOf(scene, tenant)
          const back = await sessions
            .asService()
            .import(changed)
            .catch((error) => error)
          if (back.code === undefined) expect(await back.export()).toBe(text)
          else expect([back.code, await everythingOf(scene, tenant)]).toEqual(['EXPORT_INVALID', before])
        }),
        { numRuns: process.env.EVERTHREAD_SOAK ? 2_000 : 60 },
      )
    })

    it('one whose digest fits, but whose content does not hold together', async () => {
      type Doc = { session: Record<string, unknown>; messages: NeutralMessage[]; rows: [string, string][] }
      const rowAt = (doc: Doc, prefix: string) => doc.rows.find(([key]) => key.startsWith(prefix)) as [string, string]
      const doctorings: Record<string, (doc: Doc) => void> = {
        'a message that is shown and not there': (doc) => doc.messages.push(user('four', { id: 'd' })),
        'a message that is shown otherwise': (doc) => {
          doc.messages[0] = user('One', { id: 'a' })
        },
        'a missing message': (doc) => doc.messages.pop(),
        'no tip': (doc) => {
          doc.rows = doc.rows.filter(([key]) => !key.startsWith('t/'))
        },
        'no entries': (doc) => {
          doc.rows = doc.rows.filter(([key]) => !key.startsWith('m/'))
        },
        'no checkpoints': (doc) => {
          doc.rows = doc.rows.filter(([key]) => !key.startsWith('c/'))
        },
        'a checkpoint that cannot be read': (doc) => {
          rowAt(doc, 'c/')[1] = '{'
        },
        'a value that cannot be read': (doc) => {
          rowAt(doc, 'd/')[1] = '{'
        },
        'a view that cannot be read': (doc) => {
          doc.rows.push(['v', '[]'])
          doc.rows.sort(([a], [b]) => (a < b ? -1 : 1))
        },
        'a row of a lease': (doc) => doc.rows.unshift(['lease', '{}']),
        'a second session row': (doc) => doc.rows.push(['s', '{}']),
        'the same row twice': (doc) => doc.rows.push(doc.rows.at(-1) as [string, string]),
        'rows in another order': (doc) => doc.rows.reverse(),
        'a row that is too long for a key': (doc) => doc.rows.push([`w/${'x'.repeat(2_000)}`, '']),
        'an id that is reserved': (doc) => {
          doc.session.id = '.everthread/x'
        },
        'the kind of web sessions': (doc) => {
          doc.session.kind = 'web'
        },
        'a time that is none': (doc) => {
          doc.session.createdAt = 'yesterday'
        },
        'other counts': (doc) => {
          doc.session.counts = { messages: 7, checkpoints: 1 }
        },
        'no counts': (doc) => {
          doc.session.counts = {}
        },
        'a field that is none': (doc) => {
          doc.session.admin = true
        },
        'metadata that is none': (doc) => {
          doc.session.metadata = 'x'
        },
      }
      const text = await (await talked(scene)).export()
      for (const [what, doctor] of Object.entries(doctorings)) {
        const doc = JSON.parse(text)
        doctor(doc)
        const { sessions, tenant } = elsewhere(scene)
        const before = await everythingOf(scene, tenant)
        await expect(sessions.asService().import(redigest(doc)), what).rejects.toMatchObject(invalid)
        expect(await everythingOf(scene, tenant), what).toEqual(before)
      }
    })
  })
})
