import { ProcessScheduler, type SchedulerEvent, SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { Command, END, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { EverthreadSaver, type WithTurnsOptions, withTurns } from '../../src/index.ts'

const config = { configurable: { thread_id: 'thread' } }
const ask = (content: string) => ({ messages: [new HumanMessage(content)] })
async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const list = []
  for await (const item of items) list.push(item)
  return list
}

const pause = (ms = 5) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function scene(options: Partial<WithTurnsOptions> = {}) {
  const store = memoryStore()
  const sessions = new SessionManager({ store })
  const bare = new StateGraph(MessagesAnnotation)
    .addNode('answer', async ({ messages }) => {
      await pause()
      return { messages: [new AIMessage(`to ${messages.at(-1)?.content}`)] }
    })
    .addEdge(START, 'answer')
    .addEdge('answer', END)
    .compile({ checkpointer: new EverthreadSaver({ store }) })
  const graph = withTurns(bare, { sessions, ...options })
  const texts = async () => ((await graph.getState(config)).values.messages ?? []).map((it: BaseMessage) => it.content)
  const open = async () => {
    const { rows } = await store.read({ tenant: 'default', id: 'thread' }, [{ prefix: '', limit: 1_000 }])
    return (rows[0] ?? []).map(({ key }) => key).filter((key) => /^(lease|running|stop|q\/)/.test(key))
  }
  return { store, sessions, bare, graph, texts, open }
}

describe('withTurns on a scheduler', () => {
  it('passes on what its options and the run say of it, and lets nodes say what they spent', async () => {
    const store = memoryStore()
    const scheduler = new ProcessScheduler({ budgets: [{ per: 'session', tokens: 100 }] })
    const sessions = new SessionManager({ store, scheduler })
    const session = sessions.asService().open('thread')
    const started: SchedulerEvent[] = []
    scheduler.on('started', (event) => started.push(event))
    const bare = new StateGraph(MessagesAnnotation)
      .addNode('answer', async () => {
        session.currentTurn?.spent(60)
        return { messages: [new AIMessage('answer')] }
      })
      .addEdge(START, 'answer')
      .compile({ checkpointer: new EverthreadSaver({ store }) })
    const hints = (given?: { configurable?: Record<string, unknown> }) => ({ cost: Number(given?.configurable?.cost) })
    const graph = withTurns(bare, { sessions, priority: 'background', complexity: 3, hints })
    const run = (cost: number) => graph.invoke(ask('a'), { configurable: { ...config.configurable, cost } })
    await run(60)
    expect(started[0]?.turn).toMatchObject({ priority: 'background', complexity: 3, cost: { tokens: 60 } })
    await expect(run(60)).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' })
    const chunks = await all(await graph.stream(ask('b'), { configurable: { ...config.configurable, cost: 40 } }))
    expect(chunks.length).toBeGreaterThan(0)
    expect((await graph.getState(config)).values.messages).toHaveLength(4)
  })
})

describe('withTurns', () => {
  it('runs simultaneous invokes of a thread one after the other', async () => {
    const { graph, texts, open } = scene()
    await Promise.all(['a', 'b', 'c'].map((content) => graph.invoke(ask(content), config)))
    expect(await texts()).toEqual(['a', 'to a', 'b', 'to b', 'c', 'to c'])
    expect(await open()).toEqual([])
  })

  it('holds the turn of a stream until the run is over', async () => {
    const { graph, texts, open } = scene()
    const stream = await graph.stream(ask('streamed'), { ...config, streamMode: 'updates' })
    const next = graph.invoke(ask('next'), config)
    const chunks = []
    for await (const chunk of stream) chunks.push(Object.keys(chunk))
    await next
    expect(chunks).toEqual([['answer']])
    expect(await texts()).toEqual(['streamed', 'to streamed', 'next', 'to next'])
    expect(await open()).toEqual([])
  })

  it('ends the turn of a stream that is cancelled', async () => {
    const { graph, open } = scene()
    for await (const _ of await graph.stream(ask('cancelled'), config)) break
    await graph.invoke(ask('next'), config)
    expect(await open()).toEqual([])
  })

  it('hands the error of a run to the reader of its stream', async () => {
    const { graph, open } = scene()
    const stream = await graph.stream(ask('x'), { ...config, recursionLimit: 0 })
    await expect(all(stream)).rejects.toThrow()
    expect(await open()).toEqual([])
  })

  it.each(['v2', 'v3'] as const)('makes a turn of streamEvents %s', async (version) => {
    const { graph, texts, open } = scene()
    const run = await (graph.streamEvents as (...args: unknown[]) => AsyncIterable<unknown>)(ask('events'), {
      ...config,
      version,
    })
    const next = graph.invoke(ask('next'), config)
    expect((await all(run)).length).toBeGreaterThan(0)
    await next
    expect((await texts()).toSorted()).toEqual(['events', 'next', 'to events', 'to next'])
    expect(await open()).toEqual([])
  })

  it('makes a turn of updateState, and lets reads pass', async () => {
    const { graph, texts } = scene()
    const running = graph.invoke(ask('a'), config)
    await graph.getState(config)
    await graph.updateState(config, { messages: [new HumanMessage('by hand')] }, 'answer')
    await running
    expect(await texts()).toEqual(['a', 'to a', 'by hand'])
  })

  it('follows what a graph was configured with, and its copies', async () => {
    const { graph, texts } = scene()
    const configured = graph.withConfig(config)
    await Promise.all([configured.invoke(ask('a')), configured.invoke(ask('b'))])
    expect(await texts()).toEqual(['a', 'to a', 'b', 'to b'])
  })

  it('passes runs without a thread', async () => {
    const { sessions } = scene()
    const forgetful = new StateGraph(MessagesAnnotation)
      .addNode('answer', () => ({ messages: [new AIMessage('yes')] }))
      .addEdge(START, 'answer')
      .compile()
    const graph = withTurns(forgetful, { sessions })
    expect((await graph.invoke(ask('a'))).messages).toHaveLength(2)
    expect(await all(await graph.stream(ask('a'), { streamMode: 'updates' }))).toHaveLength(1)
  })

  it('takes calls from within the turn as part of it', async () => {
    const { store, sessions, graph } = scene()
    const outer = withTurns(
      new StateGraph(MessagesAnnotation)
        .addNode('inner', async () => {
          await graph.updateState(config, { messages: [new HumanMessage('from inside')] }, 'answer')
          for await (const _ of await graph.stream(ask('streamed inside'), config));
          return {}
        })
        .addEdge(START, 'inner')
        .compile({ checkpointer: new EverthreadSaver({ store }) }),
      { sessions },
    )
    await outer.invoke(ask('outer'), { ...config, signal: AbortSignal.timeout(5_000) })
  })

  it('keeps the right to write from graphs on other threads that a node calls', async () => {
    const { store, sessions, graph } = scene()
    const outer = withTurns(
      new StateGraph(MessagesAnnotation)
        .addNode('inner', async () => graph.invoke(ask('inner'), { configurable: { thread_id: 'another' } }))
        .addEdge(START, 'inner')
        .compile({ checkpointer: new EverthreadSaver({ store }) }),
      { sessions },
    )
    const { messages } = await outer.invoke(ask('outer'), config)
    expect(messages.map((it) => it.content)).toEqual(['outer', 'inner', 'to inner'])
  })

  it('is part of a turn of the session that is around it', async () => {
    const { sessions, graph, texts } = scene()
    await sessions
      .asService()
      .open('thread')
      .turn(() => graph.invoke(ask('a'), config))
    expect(await texts()).toEqual(['a', 'to a'])
  })

  it('passes interrupts and their resumes', async () => {
    const { store, sessions } = scene()
    const graph = withTurns(
      new StateGraph(MessagesAnnotation)
        .addNode('approve', () => ({ messages: [new AIMessage(`approved: ${interrupt('may I?')}`)] }))
        .addEdge(START, 'approve')
        .compile({ checkpointer: new EverthreadSaver({ store }) }),
      { sessions },
    )
    const paused = await graph.invoke(ask('a'), config)
    expect(JSON.stringify(paused)).toContain('may I?')
    const { messages } = await graph.invoke(new Command({ resume: 'yes' }), config)
    expect(messages.at(-1)?.content).toBe('approved: yes')
  })

  it('lets runs go on from an earlier checkpoint on purpose', async () => {
    const { graph, texts } = scene()
    await graph.invoke(ask('a'), config)
    const { config: earlier } = await graph.getState(config)
    await graph.invoke(ask('b'), config)
    await graph.invoke(ask('instead of b'), { configurable: { ...earlier.configurable } })
    expect(await texts()).toEqual(['a', 'to a', 'instead of b', 'to instead of b'])
  })

  it('gives up when its caller does, and what the run still writes is refused', async () => {
    const { graph, open, texts } = scene()
    const abort = new AbortController()
    const run = graph.invoke(ask('a'), { ...config, signal: abort.signal })
    await pause(2)
    abort.abort(new Error('the user left'))
    await expect(run).rejects.toThrow()
    await graph.invoke(ask('b'), config)
    expect((await texts()).slice(-2)).toEqual(['b', 'to b'])
    expect(await open()).toEqual([])
  })

  it('rejects when it is told to', async () => {
    const { graph } = scene({ onBusy: 'reject' })
    const first = graph.invoke(ask('a'), config)
    await expect(graph.invoke(ask('b'), config)).rejects.toMatchObject({ code: 'SESSION_BUSY' })
    await first
  })

  it('goes on from what was before the running turn with rollback', async () => {
    const { bare, sessions } = scene()
    const slow = withTurns(bare, { sessions })
    const hasty = withTurns(bare, { sessions, onBusy: 'rollback' })
    await slow.invoke(ask('before'), config)
    const outcome = sessions
      .asService()
      .open('thread')
      .turn(async (turn) => {
        await slow.invoke(ask('taken back'), config)
        await new Promise((resolve) => turn.signal.addEventListener('abort', resolve))
      })
      .catch((error: { code: string }) => error.code)
    await pause(50)
    await hasty.invoke(ask('after'), config)
    expect(await outcome).toBe('TURN_INTERRUPTED')
    const { values } = await bare.getState(config)
    expect(values.messages.map((it: BaseMessage) => it.content)).toEqual(['before', 'to before', 'after', 'to after'])
  })

  it('tells the next turn what the tasks of a run that died had written', async () => {
    const { store, sessions } = scene()
    const partition = { tenant: 'default', id: 'thread' }
    const graph = withTurns(
      new StateGraph(MessagesAnnotation)
        .addNode('fast', () => ({ messages: [new AIMessage('written')] }))
        .addNode('slow', async () => {
          await pause(100)
          throw new Error('died')
        })
        .addEdge(START, 'fast')
        .addEdge(START, 'slow')
        .compile({ checkpointer: new EverthreadSaver({ store }) }),
      { sessions },
    )
    await graph.invoke(ask('a'), config).catch(() => undefined)
    const record = { id: 'dead', state: 'running', who: 'dead', startedAt: 0, steps: 0, startedFrom: null }
    const value = new TextEncoder().encode(JSON.stringify(record))
    await store.commit(partition, { id: 'death', ops: [{ put: 'running', value }] })
    const recovered = await sessions
      .asService()
      .open('thread')
      .turn((turn) => turn.recovered)
    expect(recovered?.writes.map(({ channel }) => channel)).toContain('messages')
  })

  it('shares the history with the session of the core', async () => {
    const { sessions, graph, texts } = scene()
    const session = sessions.asService().open('thread')
    await session.messages.append({ role: 'user', parts: [{ type: 'text', content: 'from the core' }] })
    await graph.invoke(ask('a'), config)
    expect(await texts()).toEqual(['from the core', 'a', 'to a'])
    expect(await session.messages.list()).toHaveLength(3)
  })

  it('refuses what is no graph, and a saver of another tenant', async () => {
    const { store, sessions } = scene()
    expect(() => withTurns({}, { sessions })).toThrow(expect.objectContaining({ code: 'GRAPH_INVALID' }))
    const elsewhere = withTurns(
      new StateGraph(MessagesAnnotation)
        .addNode('answer', () => ({}))
        .addEdge(START, 'answer')
        .compile({ checkpointer: new EverthreadSaver({ store, tenant: 'elsewhere' }) }),
      { sessions },
    )
    await expect(elsewhere.invoke(ask('a'), config)).rejects.toMatchObject({ code: 'TENANT_MISMATCH' })
  })
})

describe("a saver with concurrency: 'reject'", () => {
  const sync = { ...config, durability: 'sync' as const }
  const agentOn = (checkpointer: EverthreadSaver) =>
    new StateGraph(MessagesAnnotation)
      .addNode('answer', async ({ messages }) => {
        await pause()
        return { messages: [new AIMessage(`to ${messages.at(-1)?.content}`)] }
      })
      .addEdge(START, 'answer')
      .compile({ checkpointer })

  it('refuses a run that another has overtaken with CONFLICT, and keeps the other whole', async () => {
    const saver = new EverthreadSaver({ store: memoryStore(), concurrency: 'reject' })
    const agent = agentOn(saver)
    const runs = await Promise.allSettled(['a', 'b', 'c'].map((content) => agent.invoke(ask(content), sync)))
    const kept = runs.filter(({ status }) => status === 'fulfilled')
    expect(kept).toHaveLength(1)
    for (const run of runs) if (run.status === 'rejected') expect(run.reason).toMatchObject({ code: 'CONFLICT' })
    expect((await agent.getState(config)).values.messages).toHaveLength(2)
  })

  it('lets runs follow each other, and fork on purpose', async () => {
    const agent = agentOn(new EverthreadSaver({ store: memoryStore(), concurrency: 'reject' }))
    await agent.invoke(ask('a'), config)
    const { config: earlier } = await agent.getState(config)
    await agent.invoke(ask('b'), config)
    await agent.invoke(ask('c'), { configurable: { ...earlier.configurable } })
    const { values } = await agent.getState(config)
    expect(values.messages.map((it: BaseMessage) => it.content)).toEqual(['a', 'to a', 'c', 'to c'])
  })

  it('is the only other value', () => {
    const options = { store: memoryStore(), concurrency: 'merge' as 'fork' }
    expect(() => new EverthreadSaver(options)).toThrow(expect.objectContaining({ code: 'CONCURRENCY_INVALID' }))
  })
})
