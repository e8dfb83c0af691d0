// What is so: what was sent and acknowledged, and what Kafka itself says of its ends (asked of kcat, which shares no code with us).
import { execFileSync } from 'node:child_process'

/** The page shows the last 15 minutes. */
const RANGE_MS = 900_000

/** Sends events at a steady rate; keeps for each moment how many were acknowledged by then and how many were sent. */
export function openTruth(producer, kafka, topic, partitions) {
  /** Ascending: { atMs, count } after each acknowledgement. */
  const acknowledged = [{ atMs: 0, count: 0 }]
  let sent = 0
  let timer
  let isPaused = false
  let number = 0

  async function send(count, timeMs = Date.now()) {
    const records = Array.from({ length: count }, () => {
      const visitor = `v${number++ % 40}`
      return {
        key: visitor,
        value: JSON.stringify({
          ts: new Date(timeMs).toISOString(),
          visitor,
          path: `/p${number % 7}`,
          country: ['DE', 'FR'][number % 2],
        }),
      }
    })
    // What lies before the range that the page shows is in none of its totals.
    const shown = timeMs > Date.now() - RANGE_MS ? count : 0
    sent += shown
    await producer.send(topic, records)
    acknowledged.push({ atMs: Date.now(), count: acknowledged.at(-1).count + shown })
  }

  return {
    send,
    begin(perSecond) {
      let busy = false
      timer = setInterval(() => {
        if (isPaused || busy) return
        busy = true
        void send(perSecond / 5)
          .catch(() => {})
          .finally(() => (busy = false))
      }, 200)
    },
    pause: () => (isPaused = true),
    go: () => (isPaused = false),
    end: () => clearInterval(timer),
    get sent() {
      return sent
    },
    acknowledgedBy: (atMs) => acknowledged.findLast((one) => one.atMs <= atMs).count,
    /** Partition -> high watermark, as Kafka says. */
    kafkaEnds() {
      const asked = Array.from({ length: partitions }, (_, partition) => [
        '-t',
        `${topic}:${partition}:-1`,
      ]).flat()
      const said = execFileSync('kcat', ['-b', kafka, '-Q', ...asked], { encoding: 'utf8', timeout: 20_000 })
      return new Map(
        [...said.matchAll(/\[(\d+)\] offset (\d+)/g)].map(([, partition, offset]) => [
          Number(partition),
          Number(offset),
        ]),
      )
    },
  }
}
