// A kafkajs consumer that does nothing but count: node noop.mjs KAFKA STORE TOPIC COUNT
import { readTopic } from './read-topic.mjs'

let seen = 0
await readTopic(process.argv[2], process.argv[4], (messages) => {
  seen += messages.length
  if (seen >= Number(process.argv[5])) console.log(`done ${seen}`)
})
