import { streamText } from 'ai'
import { agent } from '../../../lib/agent.ts'
import { chat } from '../../../lib/chat.ts'
import { problemResponse } from '../../../lib/problem.ts'
import { visitorOf } from '../../../lib/visitor.ts'

export async function POST(request: Request): Promise<Response> {
  try {
    const owner = visitorOf(request.headers.get('cookie'))
    await using turn = await chat.begin(await request.json(), { owner })
    const messages = await turn.messages()
    const { signal: abortSignal, prepareStep } = turn
    return await turn.response(() => streamText({ ...agent, messages, abortSignal, prepareStep }))
  } catch (error) {
    return problemResponse(error)
  }
}

export async function GET(request: Request): Promise<Response> {
  try {
    return Response.json(await chat.list({ owner: visitorOf(request.headers.get('cookie')), limit: 50 }))
  } catch (error) {
    return problemResponse(error)
  }
}
