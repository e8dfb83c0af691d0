/** The side that reads: takes orders from a port and answers them. */
import { LogError } from '../../log/errors.ts'
import { FollowedLogMoved } from '../../log/follow.ts'
import { JournalDamaged } from '../../model/joins/journal.ts'
import type { HashChange } from './kept-cells.ts'
import { LogMoved, LogScan, ScanEnded, TooManyCells, type LogClients, type Told } from './log-scan.ts'
import type { Advanced, Failed, FromThread, Order, Sized, ToThread } from './messages.ts'
import { PartPace } from './part-pace.ts'
import { MissingRecords } from './read-records.ts'
import { ZoneMaps } from './zone-map.ts'

/** Groups that all partitions of one scan may hold together; a few hundred bytes each, here and in the API. */
export const MOST_CELLS = 250_000

export interface Port {
  postMessage(message: FromThread, transfer?: readonly ArrayBuffer[]): void
}

/** How finely parts are told; tests read small logs. */
export interface PartSize {
  readonly stretchOffsets?: number
  readonly leastMs?: number
  readonly share?: number
}

export function serveScans(
  port: Port,
  clients: LogClients,
  mostCells = MOST_CELLS,
  { stretchOffsets, leastMs, share }: PartSize = {},
): (message: ToThread) => void {
  const scans = new Map<number, { scan: LogScan; pace: PartPace }>()
  const zones = new ZoneMaps()

  const carryOut = async (order: Order): Promise<Sized | Advanced> => {
    if (order.is === 'begin') {
      const pace = new PartPace(leastMs, share)
      const told: Told = {
        progress: (records) => port.postMessage({ is: 'progress', scan: order.scan, records }),
        part: (part) => port.postMessage({ ...part, is: 'part', scan: order.scan }, buffersOf(part.changes)),
        pace,
      }
      const scan = new LogScan(order.question, clients, zones, mostCells, told, stretchOffsets)
      scans.set(order.scan, { scan, pace })
      return scan.begin(order)
    }
    const scan = scans.get(order.scan)?.scan
    if (scan === undefined) throw new ScanEnded('there is no such scan')
    return scan.advance(order)
  }

  return (message) => {
    if (message.is === 'end') {
      scans.get(message.scan)?.scan.end()
      scans.delete(message.scan)
      return
    }
    if (message.is === 'parts') return scans.get(message.scan)?.pace.want()
    const { ask } = message
    carryOut(message).then(
      (said) =>
        port.postMessage({ is: 'answer', ask, said }, said.is === 'advanced' ? buffersOf(said.changes) : []),
      (error: unknown) => port.postMessage({ is: 'answer', ask, said: failureOf(error) }),
    )
  }
}

/** Handed over, not copied. */
const buffersOf = (changes: readonly HashChange[]): ArrayBuffer[] =>
  changes.map(({ bytes }) => bytes.buffer as ArrayBuffer)

function failureOf(error: unknown): Failed {
  const why = error instanceof Error ? error.message : String(error)
  const failed = (kind: Failed['kind'], retry: boolean): Failed => ({ is: 'failed', kind, why, retry })
  if (error instanceof MissingRecords) return failed('missing', false)
  if (error instanceof JournalDamaged || error instanceof FollowedLogMoved) return failed('missing', false)
  if (error instanceof LogMoved) return failed('gone', true)
  if (error instanceof TooManyCells) return failed('cells', false)
  if (error instanceof ScanEnded) return failed('ended', true)
  if (error instanceof LogError) return { is: 'failed', kind: 'log', why: error.says, retry: error.retry }
  return failed('other', false)
}
