/** Where the broker may listen, and what it tells clients then. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../cli/commands/broker.ts'
import { exitCodes } from '../../cli/args/exit.ts'
import { hostFor } from '../../embedded/broker/broker.ts'
import { startTestBroker } from '../harness/broker.ts'

describe('an address that others can reach', () => {
  test.each(['0.0.0.0', '::', '192.0.2.7', 'example.org'])(
    '%s is refused before anything is opened, unless --open is said',
    async (host) => {
      await expect(run(['--host', host, '--data', '/nowhere'])).rejects.toMatchObject({
        exitCode: exitCodes.config,
        message: expect.stringContaining('--open'),
      })
    },
  )

  test('loopback needs no word', async () => {
    const broker = await startTestBroker(['--host', '127.0.0.1', '--no-auto-create'])
    expect(broker.port).toBeGreaterThan(0)
    await broker.stop()
  })
})

test.each([
  ['{', 'is not JSON'],
  ['{"version":99}', 'is not a registry that this version of the broker knows'],
])(
  'a folder of another version, or a damaged one, is a setting that no restart mends: %s',
  async (text, what) => {
    const data = mkdtempSync(join(tmpdir(), 'tidemark-broker-'))
    try {
      writeFileSync(join(data, 'registry.json'), text)
      await expect(run(['--port', '0', '--data', data])).rejects.toMatchObject({
        exitCode: exitCodes.config,
        message: expect.stringMatching(
          new RegExp(`${what}; restore it from a copy, or choose another folder by --data DIR$`),
        ),
      })
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  },
)

test('clients are told the address that they came by where the broker listens on all', () => {
  expect(hostFor('0.0.0.0', '10.1.2.3')).toBe('10.1.2.3')
  expect(hostFor('::', '::ffff:10.1.2.3')).toBe('10.1.2.3')
  expect(hostFor('::', 'fd00::1')).toBe('fd00::1')
  expect(hostFor('127.0.0.1', '127.0.0.1')).toBe('127.0.0.1')
})
