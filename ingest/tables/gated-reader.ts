/** A reader that hands out what was fetched once the tables are known that its records are joined with. */
import type { Fetched } from '../../log/log.ts'
import type { Reader } from '../reader.ts'
import type { PartitionTables } from './partition-tables.ts'

const bytesOf = ({ batches }: Fetched): number => batches.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** `wake`: there is something to read now. */
export function gated(
  reader: Reader,
  tables: Pick<PartitionTables, 'covered' | 'passed'>,
  wake: () => void,
): Reader {
  let held: Fetched[] = []
  let heldBytes = 0
  let asking = false
  let fault: unknown = null
  /** Raised when all that is held is forgotten. */
  let run = 0

  async function ask(): Promise<void> {
    asking = true
    const [own, count] = [run, held.length]
    try {
      await tables.covered()
      if (own === run) {
        for (const fetched of held.splice(0, count)) {
          heldBytes -= bytesOf(fetched)
          reader.push(fetched)
        }
        tables.passed(reader.queuedTo)
      }
    } catch (error) {
      if (own === run) fault = error
    }
    asking = false
    if (held.length > 0 && fault === null) void ask()
    wake()
  }

  const isFaulty = (): boolean => fault !== null && reader.empty
  return {
    batch: reader.batch,
    push(fetched) {
      if (fault !== null) return
      held.push(fetched)
      heldBytes += bytesOf(fetched)
      if (!asking) void ask()
    },
    get waitingBytes() {
      return reader.waitingBytes + heldBytes
    },
    get empty() {
      return reader.empty && fault === null
    },
    get queuedTo() {
      return Math.max(reader.queuedTo, ...held.map(({ batches }) => (batches.at(-1)?.lastOffset ?? -1) + 1))
    },
    get isStuck() {
      return reader.isStuck || isFaulty()
    },
    read(steps, events) {
      if (isFaulty()) throw fault
      return reader.read(steps, events)
    },
    release: () => reader.release(),
    restart(offset) {
      run++
      held = []
      heldBytes = 0
      fault = null
      reader.restart(offset)
    },
  }
}
