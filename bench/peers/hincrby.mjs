// The plain way: JSON.parse and one HINCRBY an event, pipelined; no guarantee whatever. node hincrby.mjs KAFKA STORE TOPIC COUNT
import { Redis } from 'ioredis'
import { readTopic } from './read-topic.mjs'

const [, , broker, store, topic, count] = process.argv
const client = new Redis(store).on('error', () => undefined)
let seen = 0
await readTopic(broker, topic, async (messages) => {
  const pipeline = client.pipeline()
  for (const { value } of messages) {
    const event = JSON.parse(value.toString())
    if (topic === 'ysb' || topic === 'wide') {
      if (event.event_type === 'view')
        pipeline.hincrby(`c:${Math.floor(event.event_time / 10_000)}`, event.campaign_id, 1)
    } else {
      const minute = Math.floor(Date.parse(event.ts) / 60_000)
      for (const field of topic === 'clicks'
        ? ['all', event.path, event.country, event.device]
        : ['all', event.site, event.signal, event.device])
        pipeline.hincrby(`c:${minute}`, String(field), 1)
    }
  }
  await pipeline.exec()
  seen += messages.length
  if (seen >= Number(count)) console.log(`done ${seen}`)
})
