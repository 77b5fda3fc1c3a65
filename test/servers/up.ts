/** `node test/servers/up.ts`: keeps the test servers running until Ctrl-C, so that repeated test runs start at once. */
import { startTestServers } from './test-servers.ts'

const servers = await startTestServers()
for (const [name, url] of Object.entries(servers.urls)) console.log(`export ${name}='${url}'`)
const keepAlive = setInterval(() => undefined, 60_000)
process.once('SIGINT', async () => {
  clearInterval(keepAlive)
  await servers.stop()
})
