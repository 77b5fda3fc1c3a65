import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProcessScheduler, partitionOfKind, SessionManager } from '@everthread/core'
import { afterAll, describe, expect, it } from 'vitest'
import { type Account, decodeAccount } from '../../../packages/core/src/scheduler/account.ts'
import { type Child, startChild } from '../turns/child.ts'
import { report } from '../turns/report.ts'
import { openShared, shared } from '../turns/subjects.ts'
import type { Race } from './spend-child.ts'

const PROCESSES = 3
const soaks = process.env.EVERTHREAD_SOAK !== undefined
const rounds = soaks ? 200 : 20
/** Each takes as long as a process needs to start. */
const kills = soaks ? 20 : 1
const killsInRaces = soaks ? 50 : 2
/** Killed processes take as long as new ones need to start, 50 times. */
const timeoutMs = soaks ? 1_800_000 : 120_000
const LIMIT = 100
const COST = 30
const LEASE_MS = 4_000

describe.concurrent.each(shared)('three processes that race for the last of a budget on $subject.name', (one) => {
  const { store, where } = openShared(one)
  const children = new Set<Child>()
  afterAll(() => Promise.all([...children].map((child) => child.kill())))

  async function start(name: string): Promise<Child> {
    const child = startChild('../scheduler/spend', { where, name, limit: LIMIT, leaseMs: LEASE_MS })
    children.add(child)
    await child.line()
    return child
  }

  async function kill(child: Child): Promise<void> {
    children.delete(child)
    await child.kill()
  }

  const tell = (child: Child, race: Race) => child.process.stdin?.write(`${JSON.stringify(race)}\n`)

  async function account(tenant: string): Promise<{ account: Account; now: number }> {
    const { rows, now } = await store.read(partitionOfKind('budgets', tenant, 'accounts'), [
      { prefix: 'a/', limit: 10 },
    ])
    expect(rows[0]).toHaveLength(1)
    return { account: decodeAccount(rows[0]?.[0]?.value as Uint8Array), now }
  }

  const held = ({ holds }: Account, now: number): number =>
    [...holds.values()].filter(({ until }) => until > now).reduce((sum, { amount }) => sum + amount.tokens, 0)

  it(
    `never spend more than there is, and leave nothing reserved, ${rounds} times`,
    async () => {
      const racing = await Promise.all(Array.from({ length: PROCESSES }, (_, n) => start(`process ${n}`)))
      let letIn = 0
      for (let round = 0; round < rounds; round++) {
        const tenant = randomUUID()
        for (const child of racing) tell(child, { tenant, turns: 3, cost: COST })
        const said = await Promise.all(racing.map((child) => child.line()))
        const outcomes = said.flatMap((line) => JSON.parse(line) as (number | string)[])
        const spent = outcomes.filter((outcome) => typeof outcome === 'number')
        expect(outcomes.filter((outcome) => typeof outcome === 'string' && outcome !== 'BUDGET_EXCEEDED')).toEqual([])
        const total = spent.reduce((sum, tokens) => sum + tokens, 0)
        const { account: after, now } = await account(tenant)
        expect(after.spent.tokens).toBe(total)
        expect(total).toBeLessThanOrEqual(LIMIT)
        // As many as fit if each took what it had reserved.
        expect(spent.length).toBeGreaterThanOrEqual(Math.floor(LIMIT / COST))
        expect(held(after, now)).toBe(0)
        letIn += spent.length
      }
      report(
        `${one.subject.name}: ${rounds} races of ${PROCESSES} processes, ${letIn} of ${rounds * 9} turns let in, none over`,
      )
      await Promise.all(racing.map(kill))
    },
    timeoutMs,
  )

  it(
    'lose nothing of it when one is killed between what it reserved and what it would have spent',
    async () => {
      for (let round = 0; round < kills; round++) {
        const tenant = randomUUID()
        const child = await start(`killed ${round}`)
        tell(child, { tenant, turns: 2, cost: COST, hangs: true })
        for (let turn = 0; turn < 2; turn++) expect(await child.line()).toBe('begun')
        const run = spender(tenant)
        expect(await run(LIMIT - 2 * COST + 1)).toBe('BUDGET_EXCEEDED')
        await kill(child)
        const killed = performance.now()
        while ((await run(LIMIT)) !== 'ran') {
          expect(performance.now() - killed).toBeLessThan(60_000)
          await sleep(50)
        }
        const { account: after } = await account(tenant)
        expect(after.spent.tokens).toBe(LIMIT)
        expect(await run(1)).toBe('BUDGET_EXCEEDED')
      }
    },
    timeoutMs,
  )

  it(
    'are never over when one of them is killed in the race',
    async () => {
      const racing = await Promise.all(Array.from({ length: PROCESSES }, (_, n) => start(`process ${n}`)))
      for (let round = 0; round < killsInRaces; round++) {
        const tenant = randomUUID()
        for (const child of racing) tell(child, { tenant, turns: 3, cost: COST })
        const victim = racing[round % PROCESSES] as Child
        await sleep(Math.random() * 20)
        await kill(victim)
        await Promise.all(racing.filter((child) => child !== victim).map((child) => child.line()))
        racing[round % PROCESSES] = await start(`process ${round} again`)
        const { account: after, now } = await account(tenant)
        expect(after.spent.tokens + held(after, now)).toBeLessThanOrEqual(LIMIT)
      }
      await Promise.all(racing.map(kill))
    },
    timeoutMs,
  )

  /** Runs a turn of this process that takes so many tokens. */
  function spender(tenant: string): (cost: number) => Promise<string> {
    const scheduler = new ProcessScheduler({ budgets: [{ per: 'tenant', tokens: LIMIT }] })
    const sessions = new SessionManager({ store, scheduler, tenant }).asService()
    return (cost) =>
      sessions
        .open('survivor')
        .turn((turn) => turn.spent(cost), { cost })
        .then(
          () => 'ran',
          (error: { code: string }) => error.code,
        )
  }
})
