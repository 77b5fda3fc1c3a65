import { chat } from '../../../../lib/chat.ts'
import { problemResponse } from '../../../../lib/problem.ts'
import { visitorOf } from '../../../../lib/visitor.ts'

export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  try {
    const owner = visitorOf(request.headers.get('cookie'))
    const { id } = await params
    const [messages, siblings] = await Promise.all([chat.history(id, { owner }), chat.siblings(id, { owner })])
    return Response.json({ messages, siblings })
  } catch (error) {
    return problemResponse(error)
  }
}
