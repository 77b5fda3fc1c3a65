import { chat } from '../../../../../lib/chat.ts'
import { problemResponse } from '../../../../../lib/problem.ts'
import { visitorOf } from '../../../../../lib/visitor.ts'

export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  try {
    const owner = visitorOf(request.headers.get('cookie'))
    const after = new URL(request.url).searchParams.get('after')
    return await chat.resume((await params).id, { owner, after })
  } catch (error) {
    return problemResponse(error)
  }
}
