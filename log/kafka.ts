/** The one door to Kafka. What comes through it is described in log.ts; nothing else in the house imports the client library. */
export { openAdmin } from './kafka/admin.ts'
export { openConsumer } from './kafka/consumer.ts'
export { openProducer } from './kafka/producer.ts'
export { openReader } from './kafka/reader.ts'
