/** The settings of TLS and SASL, from flags and variables. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { accessArguments, accessFlags, readKafkaAccess } from '../../cli/args/kafka-access.ts'
import { readUpConfig } from '../../cli/up/up-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidemark-access-'))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const ca = file('ca.pem', '-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----\n')
const password = file('password', ' with spaces \n')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('flags and variables say the same, a flag wins, nothing is nothing', () => {
  const ssl = { ca: [expect.stringContaining('xyz')] }
  const sasl = { mechanism: 'scram-sha-256', username: 'u', password: ' with spaces ' }
  expect(readKafkaAccess({}, { TIDEMARK_KAFKA_SASL: '', TIDEMARK_KAFKA_PASSWORD: '' })).toEqual({})
  expect(readKafkaAccess({ 'kafka-tls': true }, {})).toEqual({ ssl: true })
  expect(
    readKafkaAccess(
      { 'kafka-ca': ca, 'kafka-sasl': 'scram-sha-256', 'kafka-user': 'u', 'kafka-password-file': password },
      {},
    ),
  ).toEqual({ ssl, sasl })
  expect(
    readKafkaAccess(
      {},
      {
        TIDEMARK_KAFKA_TLS: '1',
        TIDEMARK_KAFKA_CA: ca,
        TIDEMARK_KAFKA_SASL: 'scram-sha-256',
        TIDEMARK_KAFKA_USER: 'u',
        TIDEMARK_KAFKA_PASSWORD_FILE: password,
      },
    ),
  ).toEqual({ ssl, sasl })
  expect(
    readKafkaAccess(
      { 'kafka-password-file': password },
      { TIDEMARK_KAFKA_SASL: 'plain', TIDEMARK_KAFKA_USER: 'u', TIDEMARK_KAFKA_PASSWORD: 'other' },
    ),
  ).toMatchObject({ sasl: { password: ' with spaces ' } })
})

test.each<[string, Record<string, string>, Record<string, string>, string]>([
  ['no such file', { 'kafka-ca': '/nowhere/ca.pem' }, {}, 'cannot be read (ENOENT)'],
  ['no certificate', { 'kafka-ca': password }, {}, 'no certificate in PEM form'],
  [
    'no such mechanism',
    { 'kafka-sasl': 'gssapi', 'kafka-user': 'u' },
    {},
    'it is one of plain, scram-sha-256, scram-sha-512',
  ],
  ['no user', { 'kafka-sasl': 'plain', 'kafka-password-file': password }, {}, 'needs a user'],
  ['no password', { 'kafka-sasl': 'plain', 'kafka-user': 'u' }, {}, 'needs the password'],
  [
    'an empty one',
    { 'kafka-sasl': 'plain', 'kafka-user': 'u', 'kafka-password-file': file('empty', '\n') },
    {},
    'is empty',
  ],
  [
    'two of them',
    { 'kafka-sasl': 'plain', 'kafka-user': 'u' },
    { TIDEMARK_KAFKA_PASSWORD: 'secret', TIDEMARK_KAFKA_PASSWORD_FILE: password },
    'given twice',
  ],
  ['a user for nothing', { 'kafka-user': 'u' }, {}, 'without a mechanism'],
])('%s', (_, flags, env, says) => {
  expect(() => readKafkaAccess(flags, env)).toThrow(
    expect.objectContaining({ exitCode: 78, message: expect.stringContaining(says) }),
  )
  expect(() => readKafkaAccess(flags, env)).not.toThrow('secret')
})

test('up hands them to its children, and has none of it for the embedded broker', () => {
  const flags = [
    '--kafka-ca',
    ca,
    '--kafka-sasl',
    'plain',
    '--kafka-user',
    'u',
    '--kafka-password-file',
    password,
  ]
  expect(readUpConfig(['--kafka', 'a:1', ...flags, '--kafka-tls'], {})).toMatchObject({
    kafkaArguments: ['--kafka-tls', ...flags],
  })
  expect(() => readUpConfig(flags, {})).toThrow('say --kafka HOST:PORT too')
  expect(accessArguments({})).toEqual([])
  expect(Object.keys(accessFlags)).not.toContain('kafka-password') // everyone on a machine sees the flags of everyone
})
