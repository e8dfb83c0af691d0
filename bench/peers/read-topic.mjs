// What the peers in Node share: a consumer with a fresh group, from the beginning.
import kafkajs from 'kafkajs'

export async function readTopic(broker, topic, onMessages) {
  const kafka = new kafkajs.Kafka({ brokers: [broker], clientId: 'bench', logLevel: kafkajs.logLevel.ERROR })
  const consumer = kafka.consumer({
    groupId: `bench-${process.pid}-${Date.now()}`,
    maxBytesPerPartition: 4 << 20,
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  consumer.on(consumer.events.GROUP_JOIN, () => console.log('began'))
  await consumer.run({ eachBatch: async ({ batch }) => void (await onMessages(batch.messages)) })
}
