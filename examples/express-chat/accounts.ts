import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const hash = promisify(scrypt) as (password: string, salt: string, length: number) => Promise<Buffer>

/** Two people to try it with. An application has a table in their place. The password of both is their name. */
const accounts: Readonly<Record<string, { salt: string; hash: string }>> = {
  ada: { salt: '5f0e2b', hash: '7726d13142c2a46773d22ed11f06d909d796b341d38c00108c0b72264174ec5e' },
  grace: { salt: 'c81d94', hash: '97395f6822f29b0103c8d49e54f321aa5c132a9f42484e541b3dae461cab967b' },
}
const nobody = { salt: '000000', hash: '00'.repeat(32) }

/** Undefined for a wrong name or password; it takes as long for either. */
export async function checkPassword(name: string, password: string): Promise<string | undefined> {
  const account = Object.hasOwn(accounts, name) ? accounts[name] : undefined
  const { salt, hash: expected } = account ?? nobody
  const isRight = timingSafeEqual(await hash(password, salt, 32), Buffer.from(expected, 'hex'))
  return account && isRight ? name : undefined
}
