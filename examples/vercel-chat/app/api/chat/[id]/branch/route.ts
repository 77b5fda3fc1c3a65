import { chat } from '../../../../../lib/chat.ts'
import { problemResponse } from '../../../../../lib/problem.ts'
import { visitorOf } from '../../../../../lib/visitor.ts'

export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  try {
    const owner = visitorOf(request.headers.get('cookie'))
    const { branch } = (await request.json()) as { branch?: unknown }
    await chat.show((await params).id, { owner, branch: String(branch) })
    return new Response(null, { status: 204 })
  } catch (error) {
    return problemResponse(error)
  }
}
