// The command-line tools that come with Kafka, run as people run them. usage: tools.mjs HOST:PORT FOLDER_OF_JARS
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [servers, jars] = process.argv.slice(2)
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-tools-'))
const topic = `tools-${randomUUID()}`
function tool(name, args, input = '') {
  const command = [
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    join(jars, '*'),
    `org.apache.kafka.tools.${name}`,
    '--bootstrap-server',
    servers,
    ...args,
  ]
  const { status, stdout, stderr } = spawnSync('java', command, { input, encoding: 'utf8', timeout: 60_000 })
  return { ok: status === 0, text: `${stdout}${stderr}` }
}
function check(what, { ok, text }, wanted) {
  const holds = ok && wanted.every((words) => text.includes(words))
  if (!holds) process.exitCode = 1
  console.log(holds ? `good ${what}` : `BAD ${what}: ${text.replaceAll('\n', ' ').slice(-600)}`)
}
try {
  check(
    'kafka-topics --create',
    tool('TopicCommand', [
      '--create',
      '--topic',
      topic,
      '--partitions',
      '2',
      '--config',
      'cleanup.policy=compact,delete',
    ]),
    [topic],
  )
  check('kafka-topics --alter', tool('TopicCommand', ['--alter', '--topic', topic, '--partitions', '3']), [])
  check('kafka-topics --describe', tool('TopicCommand', ['--describe', '--topic', topic]), [
    'PartitionCount: 3',
    'TopicId: ',
  ])
  check(
    'kafka-console-producer',
    tool(
      'ConsoleProducer',
      [
        '--topic',
        topic,
        '--producer-property',
        'partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner',
      ],
      'a\nb\nc\nd\ne\nf\n',
    ),
    [],
  )
  const plan = join(scratch, 'delete.json')
  writeFileSync(
    plan,
    JSON.stringify({
      partitions: [0, 1, 2].map((partition) => ({ topic, partition, offset: -1 })),
      version: 1,
    }),
  )
  check('kafka-delete-records', tool('DeleteRecordsCommand', ['--offset-json-file', plan]), [
    'low_watermark: ',
  ])
  const starts = tool('GetOffsetShell', ['--topic', topic, '--time', 'earliest'])
  const sum = [...starts.text.matchAll(/:(\d+)$/gm)].reduce((total, [, offset]) => total + Number(offset), 0)
  check(
    'kafka-get-offsets, after the six records were deleted',
    { ok: starts.ok && sum === 6, text: starts.text },
    [`${topic}:0:`],
  )
  check(
    'kafka-consumer-groups --reset-offsets',
    tool('consumer.group.ConsumerGroupCommand', [
      '--reset-offsets',
      '--group',
      topic,
      '--topic',
      topic,
      '--to-latest',
      '--execute',
    ]),
    [topic],
  )
  check(
    'kafka-consumer-groups --delete',
    tool('consumer.group.ConsumerGroupCommand', ['--delete', '--group', topic]),
    ['successful'],
  )
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
