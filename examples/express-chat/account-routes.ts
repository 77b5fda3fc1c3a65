import { Router } from 'express'
import { z } from 'zod'
import { checkPassword } from './accounts.ts'
import { sendProblem } from './problems.ts'
import { perMinute } from './protection.ts'

const credentials = z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(256) })

/** Who is logged in, on how many devices, and the ways in and out. */
export function accountRoutes(loginsPerMinute: number): Router {
  const routes = Router()
  routes.get('/', async ({ session: { logins } }, res) => {
    res.json({ name: logins.userId ?? null, devices: (await logins.list()).length })
  })
  routes.post('/login', perMinute(loginsPerMinute), async (req, res) => {
    const { name, password } = credentials.parse(req.body)
    const user = await checkPassword(name.toLowerCase(), password)
    if (user === undefined) return sendProblem(res, 401, 'LOGIN_REFUSED', 'The name or the password is wrong')
    await req.session.login(user)
    res.json({ name: user })
  })
  routes.post('/logout', async (req, res) => {
    await req.session.logout()
    res.status(204).end()
  })
  routes.post('/logout-everywhere', async (req, res) => {
    res.json({ ended: await req.session.logins.revokeAll() })
  })
  return routes
}
