// The records of a workload as fetches of one partition, made in memory.
import { workloads } from './workloads.mjs'

const BATCH_RECORDS = 500
const SPREAD_MS = 900_000

/** `load` imports a file of the compiled tree. */
export async function makeFetches(name, count, load) {
  const { createSimulation } = await load('ingest/simulate/simulation.js')
  const { encodeBatch, encodeRecords } = await load('log/encode.js')
  const nowMs = Date.UTC(2026, 0, 6)
  const records = recordsOf(name, count, nowMs, createSimulation)
  const fetches = []
  for (let from = 0; from < count; from += BATCH_RECORDS) {
    const some = records.slice(from, from + BATCH_RECORDS)
    const payload = encodeRecords(
      some.map(({ key, value }, offsetDelta) => ({
        key,
        value,
        headers: {},
        offsetDelta,
        timestampDeltaMs: 0,
      })),
    )
    const bytes = encodeBatch(
      {
        attributes: 0,
        count: some.length,
        lastOffsetDelta: some.length - 1,
        firstTimestampMs: BigInt(nowMs),
        maxTimestampMs: BigInt(nowMs),
        producerId: -1n,
        producerEpoch: -1,
        firstSequence: -1,
      },
      payload,
    )
    bytes.writeBigInt64BE(BigInt(from), 0)
    const batch = {
      baseOffset: from,
      lastOffset: from + some.length - 1,
      bytes,
      control: false,
      aborted: false,
    }
    fetches.push({ topic: name, partition: 0, batches: [batch], logStart: 0, logEnd: count, fetchedAtMs: 0 })
  }
  return fetches
}

function recordsOf(name, count, nowMs, createSimulation) {
  const { make } = workloads[name]
  if (make) {
    const made = make(count)
    return Array.from({ length: count }, (_, n) => made.event(n))
  }
  const simulation = createSimulation({
    seed: 5,
    sources: [name],
    late: 0.01,
    duplicate: 0.005,
    malformed: 0.002,
  })
  return Array.from({ length: count }, (_, n) =>
    simulation.next(nowMs - SPREAD_MS + Math.floor((n * SPREAD_MS) / count)),
  )
}
