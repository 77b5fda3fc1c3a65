import { expect, it } from 'vitest'
import { runWithoutPeers } from '../../without-peers.ts'

it('without the package gpt-tokenizer, estimates work, and the exact counter says what to install', () => {
  const { stdout, stderr } = runWithoutPeers(
    `import { estimateTokens, gptTokenCounter } from './src/context/index.ts'
     const error = await gptTokenCounter().catch((error) => error)
     process.stdout.write(estimateTokens('Hello, world!') + ' ' + error.code + ': ' + error.message)`,
  )
  expect(stderr).toBe('')
  expect(stdout).toBe(
    '4 PEER_MISSING: gptTokenCounter needs the package gpt-tokenizer: install it beside @everthread/core.',
  )
})
