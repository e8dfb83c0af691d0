// @platformatic/kafka. usage: platformatic.mjs HOST:PORT FOLDER_OF_PACKAGES
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [servers, packages] = process.argv.slice(2)
const entry = createRequire(join(packages, 'package.json')).resolve('@platformatic/kafka')
const { Admin, Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } =
  await import(pathToFileURL(entry).href)
const bootstrapBrokers = [servers]
const [topic, groupId] = [`platformatic-${randomUUID()}`, `group-${randomUUID()}`]
const check = (what, holds, why = '') => {
  if (!holds) process.exitCode = 1
  console.log(holds ? `good ${what}` : `BAD ${what}: ${why}`)
}

const admin = new Admin({ clientId: 'admin', bootstrapBrokers })
const [made] = await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 })
check('makes a topic, with its id', /^[0-9a-f]{8}-/.test(made.id), made.id)
await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: [] }] })
const metadata = await admin.metadata({ topics: [topic] })
check('gives it a partition', metadata.topics.get(topic).partitionsCount === 3)

let sent = 0
for (const compression of ['none', 'gzip', 'snappy', 'lz4'])
  for (const acks of [0, 1, -1]) {
    const producer = new Producer({
      clientId: 'producer',
      bootstrapBrokers,
      serializers: stringSerializers,
      idempotent: acks === -1,
    })
    const messages = Array.from({ length: 20 }, (_, i) => ({
      topic,
      key: `k${i}`,
      value: `${compression} ${i}`.repeat(10),
      headers: { h: '1' },
    }))
    await producer.send({ messages, acks, compression })
    sent += messages.length
    await producer.close()
  }
check('sends none, gzip, snappy, lz4 with acks 0, 1 and all (idempotent)', true)

async function read(wanted) {
  const consumer = new Consumer({
    clientId: 'consumer',
    groupId,
    bootstrapBrokers,
    deserializers: stringDeserializers,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
  })
  const mode = MessagesStreamModes.COMMITTED
  const stream = await consumer.consume({
    topics: [topic],
    mode,
    fallbackMode: 'earliest',
    autocommit: false,
    maxWaitTime: 200,
  })
  const tooLong = setTimeout(() => stream.destroy(new Error('20 s are over')), 20_000)
  let got = 0
  try {
    for await (const message of stream) {
      await message.commit()
      if (++got === wanted) break
    }
  } catch (error) {
    console.log(String(error))
  }
  clearTimeout(tooLong)
  await consumer.close(true)
  return got
}
const all = await read(sent)
check('a group reads every record', all === sent, `${all} of ${sent}`)
const producer = new Producer({ clientId: 'producer', bootstrapBrokers, serializers: stringSerializers })
await producer.send({ messages: [{ topic, value: 'after' }] })
await producer.close()
const one = await read(1)
check('a later member goes on where the group committed', one === 1, one)

const deleted = await admin.deleteRecords({
  topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }],
})
check(
  'deletes records: the log begins later',
  deleted[0].partitions[0].lowWatermark === 3n,
  JSON.stringify(deleted, (_, v) => String(v)),
)
const groups = await admin.listGroups()
check('lists the group', groups.get(groupId)?.groupType === 'classic')
await admin.deleteGroups({ groups: [groupId] })
check('deletes the group', !(await admin.listGroups()).has(groupId))
await admin.deleteTopics({ topics: [topic] })
check('deletes the topic', !(await admin.listTopics()).includes(topic))
await admin.close()

const transactional = new Producer({
  clientId: 'producer',
  bootstrapBrokers,
  serializers: stringSerializers,
  idempotent: true,
  transactionalId: 't',
  retries: 2,
  retryDelay: 100,
})
const began = Date.now()
const said = await transactional.beginTransaction().then(
  () => '',
  (error) =>
    [error.message, ...(error.errors ?? []).map((each) => each.message), error.cause?.message ?? ''].join(
      ' | ',
    ),
)
console.log(`said a transactional producer: ${said}`)
check(
  'a transactional producer is refused at once, in words',
  said !== '' && Date.now() - began < 5000,
  `${Date.now() - began} ms`,
)
await transactional.close().catch(() => {})
