import { chat } from '../../../../../lib/chat.ts'
import { problemResponse } from '../../../../../lib/problem.ts'
import { visitorOf } from '../../../../../lib/visitor.ts'

export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  try {
    const owner = visitorOf(request.headers.get('cookie'))
    return await chat.stop((await params).id, { owner })
  } catch (error) {
    return problemResponse(error)
  }
}
