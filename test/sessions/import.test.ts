import { randomUUID } from 'node:crypto'
import type { NeutralMessage, Session, Store } from '@everthread/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allRows, HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { redigest } from './documents.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { user } from './talk.ts'

const invalid = { code: 'EXPORT_INVALID' }

describe.each(subjects)('on $name', (subject) => {
  const scene = Scene.on(subject)

  /** Where no session is yet. */
  const elsewhere = (store: Store = scene.store) => {
    const tenant = randomUUID()
    return { tenant, sessions: scene.manager({ store, tenant }) }
  }

  /** All that the store holds of a tenant with this one session. */
  const everything = async (tenant: string): Promise<unknown> => {
    const { rows } = await scene.store.query(tenant, { index: 'sessions', limit: 1_000 })
    const stored = await allRows(scene.store, { tenant, id: 'chat' })
    return { index: rows.map(({ partition }) => partition.id), stored }
  }

  const talked = async (): Promise<Session> => {
    const { sessions } = elsewhere()
    const session = await sessions.as({ userId: 'ada' }).create({
      id: 'chat',
      agentId: 'helper',
      kind: 'task',
      channel: 'mail',
      title: 'Engines',
      metadata: { topic: 'engines' },
      settings: { tone: 'dry' },
    })
    await session.messages.append([user('one', { id: 'a' }), user('two', { id: 'b' })])
    scene.now += 1_000
    await session.turn(async (turn) => {
      turn.append({ role: 'assistant', parts: [{ type: 'text', content: '"three"\n\u2028\u{1f600}' }] })
      turn.data.set('count', 3)
    })
    await session.messages.append([user('two, put better', { id: 'b' })])
    await session.data.set('map', new Map([[1n, new Date(5)]]))
    return session
  }

  describe('an export, imported elsewhere,', () => {
    it.each(['json', 'jsonl'] as const)('%s, is the same in every message, value and time', async (format) => {
      const session = await talked()
      const text = await session.export({ format })
      scene.now += 5_000
      const { sessions } = elsewhere()
      const back = await sessions.asService().import(text)
      expect(await back.export({ format })).toBe(text)
      expect(await back.messages.list()).toEqual(await session.messages.list())
      expect(await back.data.all()).toEqual(await session.data.all())
      const fields = ['id', 'userId', 'agentId', 'kind', 'channel', 'title', 'metadata', 'settings'] as const
      for (const field of [...fields, 'createdAt', 'lastActiveAt', 'expiresAt', 'counts'] as const) {
        expect(back[field], field).toEqual(session[field])
      }
      expect((await sessions.as({ userId: 'ada' }).list({ agentId: 'helper' })).sessions).toHaveLength(1)
      await back.messages.append([user('four')])
      expect(await back.messages.count()).toBe(4)
    })

    it('is whole also in pieces, of text or of bytes, cut anywhere', async () => {
      const session = await talked()
      for (const format of ['json', 'jsonl'] as const) {
        const text = await session.export({ format })
        const bytes = Buffer.from(text)
        async function* pieces(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
        }
        expect(await (await elsewhere().sessions.asService().import(pieces())).export({ format })).toBe(text)
        expect(await (await elsewhere().sessions.asService().import(bytes)).export({ format })).toBe(text)
        expect(await (await elsewhere().sessions.asService().import(session.exportStream({ format }))).export()).toBe(
          await session.export(),
        )
      }
    })

    it('may have been laid out anew', async () => {
      const session = await talked()
      const text = await session.export()
      const pretty = JSON.stringify(JSON.parse(text), undefined, 2)
      expect(await (await elsewhere().sessions.asService().import(pretty)).export()).toBe(text)
    })

    it("is the importing user's, under another id if it is given one, and told of", async () => {
      const { sessions } = elsewhere()
      const text = await (await talked()).export()
      scene.heard()
      const back = await sessions.as({ userId: 'bob' }).import(text, { id: 'mine' })
      expect([back.id, back.userId]).toEqual(['mine', 'bob'])
      expect(await sessions.as({ userId: 'ada' }).get('mine')).toBeUndefined()
      expect(scene.events.map(({ type, sessionId, userId }) => [type, sessionId, userId])).toContainEqual([
        'created',
        'mine',
        'bob',
      ])
    })

    it('takes no place that is taken', async () => {
      const { sessions, tenant } = elsewhere()
      await sessions.as({ userId: 'bob' }).create({ id: 'chat' })
      const before = await everything(tenant)
      const text = await (await talked()).export()
      for (const handle of [sessions.asService(), sessions.as({ userId: 'ada' }), sessions.as({ userId: 'bob' })]) {
        await expect(handle.import(text)).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
      }
      expect(await everything(tenant)).toEqual(before)
    })

    it('of a session without anything in it is that', async () => {
      const { sessions } = elsewhere()
      for (const format of ['json', 'jsonl'] as const) {
        const text = await (await sessions.asService().create()).export({ format })
        const back = await elsewhere().sessions.asService().import(text)
        expect(await back.messages.list()).toEqual([])
        expect(await back.export({ format })).toBe(text)
      }
    })

    it('leaves no trace of an import that was cut off at any commit', async () => {
      const text = await (await talked()).export()
      for (let cut = 0; ; cut++) {
        const store = new HookedStore(scene.store)
        let left = cut
        store.beforeCommit = () => {
          if (left-- <= 0) throw new Error('killed')
        }
        const { sessions } = elsewhere(store)
        const outcome = await sessions
          .asService()
          .import(text)
          .catch(() => undefined)
        store.beforeCommit = undefined
        if (outcome && left >= 0) break
        const visible = await sessions.asService().get('chat')
        if (visible) expect(await visible.export()).toBe(text)
        else {
          const { session } = await sessions.asService().getOrCreate('chat')
          expect(await session.messages.list()).toEqual([])
          await session.delete()
          await sessions.asService().import(text)
          expect(await (await sessions.asService().get('chat'))?.export()).toBe(text)
        }
      }
    })
  })

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
      const { sessions } = elsewhere()
      await expect(sessions.asService().import(source as string)).rejects.toMatchObject(invalid)
      expect(await sessions.asService().count()).toBe(0)
    })

    it('one with any character changed, added or missing', async () => {
      const session = await talked()
      const [text, lines] = [await session.export(), await session.export({ format: 'jsonl' })]
      const edit = fc.tuple(fc.nat(), fc.constantFrom('', 'x', '"', '0', '\n', '{}'), fc.integer({ min: 0, max: 3 }))
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(text, lines), edit, async (given, [where, added, removed]) => {
          const at = where % (given.length - 1)
          const changed = given.slice(0, at) + added + given.slice(at + removed)
          const { sessions, tenant } = elsewhere()
          const before = await everything(tenant)
          const back = await sessions
            .asService()
            .import(changed)
            .catch((error) => error)
          if (back.code === undefined) expect(await back.export()).toBe(text)
          else expect([back.code, await everything(tenant)]).toEqual(['EXPORT_INVALID', before])
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
      const text = await (await talked()).export()
      for (const [what, doctor] of Object.entries(doctorings)) {
        const doc = JSON.parse(text)
        doctor(doc)
        const { sessions, tenant } = elsewhere()
        const before = await everything(tenant)
        await expect(sessions.asService().import(redigest(doc)), what).rejects.toMatchObject(invalid)
        expect(await everything(tenant), what).toEqual(before)
      }
    })
  })

  describe('exporting', () => {
    it('in a format that there is not is refused', async () => {
      const session = await talked()
      await expect(session.export({ format: 'pdf' as never })).rejects.toMatchObject({ code: 'EXPORT_FORMAT_UNKNOWN' })
    })

    it('shows the conversation as pages', async () => {
      const session = await talked()
      expect(await session.export({ format: 'markdown' })).toMatch(/^# Engines\n\nBegun 20.*\n\n## user · .*\n\none\n/)
      expect(await session.export({ format: 'html' })).toContain('<title>Engines</title>')
    })

    it('of a session that is gone is refused', async () => {
      const session = await talked()
      await session.delete()
      for (const format of ['json', 'jsonl', 'markdown', 'html'] as const) {
        await expect(session.export({ format })).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
      }
    })

    it('is tried again when the session is written to meanwhile, and says so when it comes in pieces', async () => {
      const store = new HookedStore(scene.store)
      const { sessions } = elsewhere(store)
      const session = await sessions.asService().create({ id: 'chat' })
      await session.messages.append([user('one')])
      let writes = 3
      store.beforeRead = async (reads) => {
        if (writes === 0 || !reads.some((read) => 'prefix' in read && read.prefix === 'w/')) return
        writes -= 1
        await session.messages.append([user(`more ${writes}`)])
      }
      const text = await session.export()
      expect(JSON.parse(text).messages).toHaveLength(4)
      writes = 1
      const read = async () => {
        for await (const _ of session.exportStream());
      }
      await expect(read()).rejects.toMatchObject({ code: 'CONFLICT' })
    })
  })
})
