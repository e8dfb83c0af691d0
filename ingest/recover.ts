/** Law L3 and L7: where a partition stands, asked of the store and of nobody else; and what it means when the store knows less than it did. */
import { open, readPosition } from '../store/calls/open.ts'
import type { Position } from '../store/layout/position.ts'
import { StoreError } from '../store/errors.ts'
import { skip } from '../store/calls/skip.ts'
import { sweep } from '../store/calls/sweep.ts'
import { LogError, type LogErrorCode } from '../log/errors.ts'
import { Halt } from './halt.ts'
import type { PartitionOptions } from './partition-options.ts'
import { recordHash } from './record-hash.ts'

export interface Found {
  readonly position: Position
  /** Times the store came back with less than was acknowledged, this one included. */
  readonly rewinds: number
}

/** `acknowledged` is the greatest `next` this worker saw applied, -1 for none; `rewinds` the number of losses it knows of. Throws StoreError or {@link Halt}. */
export async function whereItStands(
  options: PartitionOptions,
  acknowledged: number,
  rewinds = 0,
): Promise<Found> {
  const { store, keys, source, def, clusterId, log } = options
  const name = `${source.topic}/${options.partition}`
  const known = Math.max(acknowledged, (await options.committed()) ?? -1)
  let position = await readPosition(store, keys, source)
  if (position === null) {
    if (!(await options.mayBegin(known))) throw new Error(`${name} is folded into another generation`)
    const gone = await sweep(store, keys)
    if (gone !== null) {
      const first = await options.logStart()
      await open(store, keys, first, def, { cluster: clusterId, topic: source.topic })
      log(
        known >= 0
          ? `${name}: the store lost this partition (${known} was acknowledged); it is folded again from offset ${first}`
          : `${name}: begun at offset ${first}: neither the store nor the group has counted anything of it, or both have forgotten it`,
      )
    }
    position = await readPosition(store, keys, source)
    if (position === null) throw new StoreError('STORE_BUSY', `${keys.pos} was begun and is gone`)
  }
  if (position.def !== def)
    throw new Halt(
      'DEFINITION_CHANGED',
      `${keys.pos} was written by definition ${position.def.slice(0, 8)}, this worker has ${def.slice(0, 8)}`,
    )
  if (position.cluster !== clusterId || position.topic !== source.topic)
    throw new Halt(
      'ANOTHER_LOG',
      `${keys.pos} belongs to topic ${position.topic} of cluster ${position.cluster}; this log is ${source.topic} of ${clusterId}`,
    )
  await sameLog(options, position)
  // law L7: a rewind is counted
  const rewound = position.state.next < known
  if (rewound)
    log(
      `${name}: the store came back at ${position.state.next}, ${known} was acknowledged: ${known - position.state.next} records are folded again`,
    )
  return { position, rewinds: Math.max(position.rewinds, rewinds) + (rewound ? 1 : 0) }
}

/** An operator passed over this place in an earlier generation: the word still holds. True where the partition stands behind it now. */
export async function passedBefore(
  { store, keys, source, partition, skipAt, nowMs, log }: PartitionOptions,
  halt: Halt,
): Promise<boolean> {
  if (halt.to === null || skipAt === undefined) return false
  try {
    const position = await readPosition(store, keys, source)
    const said = position && (await skipAt(position.state.next))
    if (
      !position ||
      !said ||
      !(await skip(store, keys, source, position, said.to, said.why, nowMs())).applied
    )
      return false
    log(
      `${source.topic}/${partition}: ${halt.code} at offset ${position.state.next}, which an operator passed over before (${said.why}): on at offset ${said.to}`,
      'warn',
    )
    return true
  } catch {
    return false // halted it asks again
  }
}

const CANNOT_BE_OPENED: ReadonlySet<LogErrorCode> = new Set([
  'INFLATED_TOO_LARGE',
  'CORRUPT_BATCH',
  'CODEC_UNSUPPORTED',
  'MAGIC_UNSUPPORTED',
  'OFFSET_TOO_LARGE',
])

/** Law L7: the last record that was counted must still be the same one in this log, where the log still holds it. */
async function sameLog(
  { source, partition, recordAt, log }: PartitionOptions,
  { state }: Position,
): Promise<void> {
  const { lastOffset, lastHash } = state
  if (lastOffset === null || lastHash === '') return
  const name = `${source.topic}/${partition}`
  const found = await recordAt(lastOffset).catch((error: unknown) => {
    if (error instanceof LogError && CANNOT_BE_OPENED.has(error.code)) return error
    throw error
  })
  // A bomb was counted as a reject; a batch that was read once and is damaged since says no more than one that is gone.
  if (found instanceof LogError)
    return log(
      `${name}: the batch that holds the last counted record cannot be opened (${found.message}); whether it is the same log cannot be checked`,
      'warn',
    )
  if (found === 'beyond-end')
    throw new Halt(
      'LOG_ENDS_EARLIER',
      `${name}: the record at offset ${lastOffset} was counted, and the log does not reach it`,
    )
  if (typeof found === 'string')
    return log(
      `${name}: the last counted record, offset ${lastOffset}, is no longer in the log (${found}); whether it is the same log cannot be checked`,
      'warn',
    )
  // law L7: the last record is compared
  if (recordHash(lastOffset, found.key, found.value) !== lastHash)
    throw new Halt('ANOTHER_LOG', `${name}, offset ${lastOffset}`)
}
