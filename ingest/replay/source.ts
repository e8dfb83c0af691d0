import { ReplayError } from './errors.ts'
import { columnsOf, compileMapping, type Mapping } from './mapping.ts'
import { merged, reordered, sorted } from './merge.ts'
import { readRows, type FileFormat } from './rows.ts'

export type Shift = 'none' | 'all' | 'each'

export interface SourceOptions {
  files: readonly string[]
  mapping: Mapping
  format?: FileFormat
  columns?: readonly string[]
  /** `all`: one shift, so that the last event of everything is at `nowMs`. `each`: every file by its own, so that each ends at `nowMs`. */
  shift: Shift
  nowMs: number
  /** Whole files are loaded and sorted; else rows may be out of order by `reorderRows` at most. */
  sort: boolean
  reorderRows: number
  /** What becomes of a row that cannot be mapped: the replay ends, or it is told and left out. */
  onFault: 'stop' | ((fault: ReplayError) => void)
  onBytes?: (bytes: number) => void
}

/** One event to send. */
export interface ReplayItem {
  /** Event time after the shift, ms. */
  timeMs: number
  /** Index into `files`. */
  file: number
  /** Null where the mapping names no key. */
  key: string | null
  /** The event as JSON text. */
  value: string
}

interface Unsent {
  timeMs: number
  file: number
  fields: Record<string, unknown>
  key: string | null
}

/** All events of all files, earliest first. Throws ReplayError. */
export async function* replayItems(options: SourceOptions): AsyncGenerator<ReplayItem> {
  const { files, mapping, sort, reorderRows } = options
  const shiftMs = await shifts(options)
  const streams = files.map((path, file) => {
    const events = shifted(eventsOf(path, file, options), shiftMs[file]!)
    return sort ? sorted(events, path) : reordered(events, reorderRows)
  })
  for await (const { timeMs, file, fields, key } of merged(streams))
    yield {
      timeMs,
      file,
      key,
      value: JSON.stringify({ [mapping.time.field]: new Date(timeMs).toISOString(), ...fields }),
    }
}

async function* eventsOf(
  path: string,
  file: number,
  { mapping, format, columns, onFault, onBytes }: SourceOptions,
): AsyncGenerator<Unsent> {
  const map = compileMapping(mapping, path)
  const rows = readRows(path, {
    wanted: columnsOf(mapping),
    ...(format && { format }),
    ...(columns && { columns }),
    ...(onBytes && { onBytes }),
  })
  for await (const { line, row } of rows) {
    const mapped = map(row)
    const event = 'fault' in mapped ? mapped : withKey(mapped.timeMs, mapped.fields, mapping.key, file)
    if (!('fault' in event)) yield event
    else if (onFault === 'stop') throw new ReplayError(event.fault, path, line)
    else onFault(new ReplayError(event.fault, path, line))
  }
}

function withKey(
  timeMs: number,
  fields: Record<string, unknown>,
  key: string | undefined,
  file: number,
): Unsent | { fault: string } {
  if (key === undefined) return { timeMs, file, fields, key: null }
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (typeof value === 'string' || typeof value === 'number')
    return { timeMs, file, fields, key: String(value) }
  return { fault: `the field ${key}, by which records are keyed, is empty` }
}

async function* shifted(events: AsyncIterable<Unsent>, byMs: number): AsyncGenerator<Unsent> {
  for await (const event of events) yield byMs === 0 ? event : { ...event, timeMs: event.timeMs + byMs }
}

/** By file, ms. To know where a file ends, it is read once more. */
async function shifts(options: SourceOptions): Promise<number[]> {
  const { files, shift, nowMs } = options
  if (shift === 'none') return files.map(() => 0)
  const endsMs: number[] = []
  for (const [file, path] of files.entries()) {
    let endMs = Number.NEGATIVE_INFINITY
    const quiet: SourceOptions = { ...options, onFault: options.onFault === 'stop' ? 'stop' : () => {} }
    for await (const { timeMs } of eventsOf(path, file, quiet)) endMs = Math.max(endMs, timeMs)
    endsMs.push(endMs)
  }
  const lastMs = Math.max(...endsMs)
  return endsMs.map((endMs) => (Number.isFinite(endMs) ? nowMs - (shift === 'all' ? lastMs : endMs) : 0))
}
