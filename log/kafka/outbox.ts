/** What waits to be written: which records go into the next request, and who is told what when it is answered. Pure but for promises. */
import type { Message } from 'kafkajs'
import { LogError } from '../errors.ts'
import type { AcknowledgedPiece } from '../log.ts'
import { SendError } from '../send-error.ts'

/** Under Kafka's default limit of 1 MB a batch. */
const MAX_PARTITION_BYTES = 768 * 1024
const MAX_REQUEST_BYTES = 8 * 1024 * 1024
const MAX_WAITING_BYTES = 64 * 1024 * 1024

export interface QueuedRecord {
  topic: string
  partition: number
  message: Message
  bytes: number
}
interface PendingSend {
  recordsLeft: number
  acknowledged: AcknowledgedPiece[]
  resolve: (acknowledged: AcknowledgedPiece[]) => void
  reject: (error: SendError) => void
}
type Waiting = QueuedRecord & { send: PendingSend; place: number }

export class Outbox {
  #waiting: Waiting[] = []
  #bytes = 0

  /** All records of one send; resolves when each of them is acknowledged. Errors: LOG_BUSY at once, else what the request failed with. */
  put(records: QueuedRecord[]): Promise<AcknowledgedPiece[]> {
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0)
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_WAITING_BYTES)
      return Promise.reject(
        new LogError('LOG_BUSY', `${this.#bytes} bytes wait already; send less, or slower`),
      )
    if (records.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const send: PendingSend = { recordsLeft: records.length, acknowledged: [], resolve, reject }
      this.#bytes += bytes
      records.forEach((record, place) => this.#waiting.push({ ...record, send, place }))
    })
  }

  /** The records of the next request, in order, as many as its limits allow; a record wider than a batch travels alone. */
  take(): Waiting[] {
    const byPartition = new Map<string, number>()
    let total = 0
    let count = 0
    for (const { topic, partition, bytes } of this.#waiting) {
      const lane = `${partition} ${topic}`
      const inPartition = (byPartition.get(lane) ?? 0) + bytes
      if (count > 0 && (inPartition > MAX_PARTITION_BYTES || total + bytes > MAX_REQUEST_BYTES)) break
      byPartition.set(lane, inPartition)
      total += bytes
      count++
      if (bytes > MAX_PARTITION_BYTES) break
    }
    this.#bytes -= total
    return this.#waiting.splice(0, count)
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** The request was answered: records of one partition lie behind each other from its base offset on. */
  acknowledged(sent: Waiting[], baseOffsetOf: (topic: string, partition: number) => number): void {
    const next = new Map<string, number>()
    const pieces = new Map<PendingSend, Map<string, AcknowledgedPiece>>()
    for (const { topic, partition, send, place } of sent) {
      const lane = `${partition} ${topic}`
      const offset = next.get(lane) ?? baseOffsetOf(topic, partition)
      next.set(lane, offset + 1)
      const own = pieces.get(send) ?? new Map<string, AcknowledgedPiece>()
      pieces.set(send, own)
      const piece = own.get(lane)
      if (piece !== undefined) piece.places.push(place)
      else {
        const first = { partition, baseOffset: offset, places: [place] }
        own.set(lane, first)
        send.acknowledged.push(first)
      }
      if (--send.recordsLeft === 0) send.resolve(send.acknowledged)
    }
  }

  /** The request failed: so did every send with a record in it, and what else of them waits is dropped. */
  failed(sent: Waiting[], error: LogError): void {
    const sends = new Set(sent.map(({ send }) => send))
    this.#waiting = this.#waiting.filter(({ send, bytes }) => {
      if (!sends.has(send)) return true
      this.#bytes -= bytes
      return false
    })
    for (const { reject, acknowledged } of sends) reject(new SendError(error, acknowledged))
  }
}
