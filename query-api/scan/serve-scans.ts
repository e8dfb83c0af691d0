/** The side that reads: takes orders from a port and answers them. */
import { LogError } from '../../log/errors.ts'
import { FollowedLogMoved } from '../../log/follow.ts'
import { JournalDamaged } from '../../model/joins/journal.ts'
import { LogMoved, LogScan, ScanEnded, TooManyCells, type LogDoors } from './log-scan.ts'
import type { Advanced, Failed, FromThread, Order, Sized, ToThread } from './messages.ts'
import { MissingRecords } from './read-records.ts'
import { ZoneMaps } from './zone-map.ts'

/** Groups that all partitions of one scan may hold together; a few hundred bytes each, here and in the API. */
export const MOST_CELLS = 250_000

export interface Port {
  postMessage(message: FromThread, transfer?: readonly ArrayBuffer[]): void
}

export function serveScans(port: Port, doors: LogDoors, mostCells = MOST_CELLS): (message: ToThread) => void {
  const scans = new Map<number, LogScan>()
  const zones = new ZoneMaps()

  const carryOut = async (order: Order): Promise<Sized | Advanced> => {
    if (order.is === 'begin') {
      const progress = (records: number): void =>
        port.postMessage({ is: 'progress', scan: order.scan, records })
      const scan = new LogScan(order.question, doors, zones, mostCells, progress)
      scans.set(order.scan, scan)
      return scan.begin(order)
    }
    const scan = scans.get(order.scan)
    if (scan === undefined) throw new ScanEnded('there is no such scan')
    return scan.advance(order)
  }

  return (message) => {
    if (message.is === 'end') {
      scans.get(message.scan)?.end()
      scans.delete(message.scan)
      return
    }
    const { ask } = message
    carryOut(message).then(
      (said) =>
        port.postMessage(
          { is: 'answer', ask, said },
          said.is === 'advanced' ? said.changes.map(({ bytes }) => bytes.buffer as ArrayBuffer) : [],
        ),
      (error: unknown) => port.postMessage({ is: 'answer', ask, said: failureOf(error) }),
    )
  }
}

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
