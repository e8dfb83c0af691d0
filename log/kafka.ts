/** All that the rest uses of Kafka. Its shapes are described in log.ts; nothing else imports the client library. */
export { openAdmin } from './kafka/admin.ts'
export { openConsumer } from './kafka/consumer.ts'
export { openProducer } from './kafka/producer.ts'
export { openReader } from './kafka/reader.ts'
