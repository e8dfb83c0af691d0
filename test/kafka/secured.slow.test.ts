/** A Kafka that lets nobody in unasked: TLS with an authority made here, SASL, and no more rights than docs/kafka.md names. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { openAdmin } from '../../log/kafka.ts'
import { openClient } from '../../log/kafka/client.ts'
import { kafkajs } from '../../log/kafka/kafkajs-patches.ts'
import { dumpTopics, type KafkaServer, runKafkaTool, startKafka } from '../harness/kafka.ts'
import { askTheLog } from './ask-log.ts'
import { locate, needs } from '../harness/needs.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { recount, startTidemark } from '../harness/tidemark.ts'
import { makeCertificates, PASSWORD } from './certificates.ts'

const { describe, test } = needs('java', 'kafka-jars', 'kcat', 'python3')
/** Kafka's own tool takes no quotes, commas and the like in it. */
const workerPassword = PASSWORD.replaceAll(/[",;]/g, '')
const TOPICS = ['clicks', 'readings']
const PARTITIONS = 2
const ACLS = 'org.apache.kafka.tools.AclCommand'

describe('a Kafka with TLS, SASL and ACLs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-secured-'))
  const passwordFile = join(folder, 'password')
  let kafka: KafkaServer
  let store: TestStore
  let ca: string
  let stranger: string

  beforeAll(async () => {
    const made = makeCertificates(folder)
    ca = made.ca
    stranger = made.stranger
    writeFileSync(passwordFile, `${PASSWORD}\n`)
    const module = (name: string): string => `org.apache.kafka.common.security.${name}`
    const jaas = Object.fromEntries(
      ['safe', 'clear'].flatMap((listener) => [
        [
          `listener.name.${listener}.plain.sasl.jaas.config`,
          `${module('plain.PlainLoginModule')} required user_producer="${PASSWORD.replaceAll('"', '\\\\"')}";`,
        ],
        [
          `listener.name.${listener}.scram-sha-256.sasl.jaas.config`,
          `${module('scram.ScramLoginModule')} required;`,
        ],
        [
          `listener.name.${listener}.scram-sha-512.sasl.jaas.config`,
          `${module('scram.ScramLoginModule')} required;`,
        ],
      ]),
    )
    ;[kafka, store] = await Promise.all([
      startKafka(locate('kafka-jars') ?? '', {
        listeners: { SAFE: 'SASL_SSL', CLEAR: 'SASL_PLAINTEXT' },
        settings: {
          'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
          ...jaas,
          'listener.name.safe.ssl.keystore.type': 'PEM',
          'listener.name.safe.ssl.keystore.location': made.keystore,
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': 'User:ANONYMOUS',
        },
        format: ['worker', 'guest'].flatMap((user) =>
          ['256', '512'].flatMap((bits) => [
            '--add-scram',
            `SCRAM-SHA-${bits}=[name=${user},password=${workerPassword}]`,
          ]),
        ),
      }),
      startTestStore(),
    ])
    const plain = { brokers: kafka.brokers, clientId: 'tidemark-test' }
    const logAdmin = await openAdmin(plain)
    for (const topic of TOPICS) await logAdmin.createTopic(topic, PARTITIONS)
    await logAdmin.close()
    for (const args of documentedAcls())
      await runKafkaTool(
        ACLS,
        args.map((arg) => (arg === '...' ? kafka.brokers.join(',') : arg)),
      )
    const admin = openClient(plain).admin()
    await admin.connect()
    await admin.createAcls({ acl: writeGrants() })
    await admin.disconnect()
  }, 180_000)
  afterAll(async () => {
    await store?.stop()
    await kafka?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The command lines of docs/kafka.md, to the letter, for the user and the topics of these tests. */
  function documentedAcls(): string[][] {
    const text = readFileSync(join(import.meta.dirname, '../../docs/kafka.md'), 'utf8')
    const lines = [...text.matchAll(/^kafka-acls (.+)$/gm)].map(([, args]) =>
      args!.replaceAll('User:tidemark', 'User:worker').split(/ +/),
    )
    if (lines.length !== 2) throw new Error(`docs/kafka.md has ${lines.length} lines of kafka-acls`)
    // Of the other topic it may not ask for settings: a policy that cannot be asked is no obstacle.
    const other = lines[0]!
      .map((arg) => (arg === 'clicks' ? 'readings' : arg))
      .join(' ')
      .replace(/ --operation DescribeConfigs/, '')
      .split(' ')
    return [...lines, other]
  }

  function writeGrants() {
    const { AclOperationTypes: op, AclResourceTypes: kind, ResourcePatternTypes: pattern } = kafkajs
    return TOPICS.map((resourceName) => ({
      principal: 'User:producer',
      host: '*',
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
      resourceType: kind.TOPIC,
      resourceName,
      operation: op.WRITE,
      resourcePatternType: pattern.LITERAL,
    }))
  }

  const safe = (): string => kafka.listeners['SAFE']!.join(',')
  const clear = (): string => kafka.listeners['CLEAR']!.join(',')

  test.each(['scram-sha-256', 'scram-sha-512'])(
    'events go in and are counted over TLS, the worker by %s',
    async (mechanism) => {
      const login = {
        TIDEMARK_KAFKA_SASL: mechanism,
        TIDEMARK_KAFKA_USER: 'worker',
        TIDEMARK_KAFKA_PASSWORD: workerPassword,
      }
      const engines = ['--kafka', safe(), '--kafka-ca', ca, '--store', store.url]
      const worker = startTidemark(['ingest', ...engines], login)
      try {
        await worker.until('ingest ready')
        const producer = startTidemark([
          'simulate',
          '--count',
          '1500',
          '--seed',
          mechanism.slice(-3),
          '--kafka',
          safe(),
          '--kafka-ca',
          ca,
          '--kafka-sasl',
          'plain',
          '--kafka-user',
          'producer',
          '--kafka-password-file',
          passwordFile,
        ])
        expect([await producer.ended, producer.said()]).toEqual([0, expect.stringContaining('clicks')])
        const log = join(folder, 'log.ndjson')
        await dumpTopics(kafka.brokers, TOPICS, log)
        let last = { code: -1 as number | null, said: '' }
        for (const endMs = Date.now() + 20_000; last.code !== 0 && Date.now() < endMs; )
          last = await recount([
            '--kcat',
            log,
            '--store',
            `127.0.0.1:${store.port}`,
            '--require-caught-up',
            '--min-cells',
            '500',
          ])
        expect(last).toMatchObject({
          code: 0,
          said: expect.stringContaining('0 missing, 0 extra, 0 different'),
        })
        const asked = await askTheLog(engines, login)
        expect(asked).toEqual({ from: 'log', total: expect.any(Number) })
        expect(asked.total).toBeGreaterThan(0)
        expect(worker.said() + producer.said()).not.toMatch(/battery|staple/)
      } finally {
        await worker.stop()
      }
    },
    60_000,
  )

  test('without TLS too, where the network is one to trust', async () => {
    const producer = startTidemark([
      'simulate',
      '--count',
      '100',
      '--clicks-topic',
      'clicks',
      '--sources',
      'clicks',
      '--kafka',
      clear(),
      '--kafka-sasl',
      'plain',
      '--kafka-user',
      'producer',
      '--kafka-password-file',
      passwordFile,
    ])
    expect(await producer.ended).toBe(0)
  })

  test('whoever may not enter is told so at once, and no password is printed', async () => {
    const password = { TIDEMARK_KAFKA_PASSWORD: 'staple wrong' }
    const login = ['--kafka-sasl', 'scram-sha-512', '--kafka-user', 'worker']
    const refused: [string, string[], Record<string, string>, string][] = [
      ['another password', [safe(), '--kafka-ca', ca, ...login], password, 'Kafka denied access'],
      ['another authority', [safe(), '--kafka-ca', stranger, ...login], password, 'Kafka denied access'],
      [
        'an authority that Node does not know',
        [safe(), '--kafka-tls', ...login],
        password,
        'Kafka denied access',
      ],
      [
        'no right to the topics',
        [clear(), '--kafka-sasl', 'scram-sha-256', '--kafka-user', 'guest'],
        { TIDEMARK_KAFKA_PASSWORD: workerPassword },
        'Kafka denied access',
      ],
    ]
    await Promise.all(
      refused.map(async ([what, args, env, says]) => {
        const worker = startTidemark(['ingest', '--store', store.url, '--kafka', ...args], env)
        expect([what, await worker.ended, worker.said()]).toEqual([what, 78, expect.stringContaining(says)])
        expect(worker.said()).not.toMatch(/staple/)
      }),
    )
  }, 60_000)

  test('without a right to the group it ends with 78 and was never ready', async () => {
    const worker = startTidemark([
      'ingest',
      '--store',
      store.url,
      '--kafka',
      clear(),
      '--kafka-sasl',
      'plain',
      '--kafka-user',
      'producer',
      '--kafka-password-file',
      passwordFile,
    ])
    expect([await worker.ended, worker.said()]).toEqual([
      78,
      expect.stringMatching(/Kafka denied access: .*tidemark-\w+-g1.*group/i),
    ])
    expect(worker.said()).not.toContain('ingest ready')
  }, 60_000)

  test.each([
    ['topic', () => ['--topic', 'readings']],
    ['group', () => ['--group', 'tidemark-', '--resource-pattern-type', 'prefixed']],
  ])(
    'a right to the %s that is taken away ends a running worker with 78',
    async (_, resource) => {
      const acls = (what: string, ...more: string[]): Promise<string> =>
        runKafkaTool(ACLS, [
          '--bootstrap-server',
          kafka.brokers.join(','),
          what,
          '--allow-principal',
          'User:worker',
          '--operation',
          'Read',
          ...resource(),
          ...more,
        ])
      const worker = startTidemark(
        [
          'ingest',
          '--store',
          store.url,
          '--kafka',
          clear(),
          '--kafka-sasl',
          'scram-sha-256',
          '--kafka-user',
          'worker',
        ],
        { TIDEMARK_KAFKA_PASSWORD: workerPassword },
      )
      try {
        await worker.until('ingest ready')
        await acls('--remove', '--force')
        expect([await worker.ended, worker.said()]).toEqual([
          78,
          expect.stringContaining('Kafka denied access'),
        ])
      } finally {
        await worker.stop()
        await acls('--add')
      }
    },
    60_000,
  )
})
