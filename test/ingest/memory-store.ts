/** The few commands of a store that the outputs of the fold use, over maps: for tests of what comes out, without a server. */
import type { Changes } from '../../ingest/outputs/output.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import { pieceField } from '../../model/chunk.ts'

export interface MemoryStore {
  readonly store: Store
  /** Hashes and sorted sets by key: field -> value, member -> score. */
  readonly keys: Map<string, Map<string, string>>
  /** Streams by key: `id field value ...`. */
  readonly streams: Map<string, string[][]>
  /** Takes the changes of a batch as they are written. */
  begin(): Changes
}

const text = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))

/** `prefix`: of the keys of the partition. */
export function memoryStore(prefix: string): MemoryStore {
  const keys = new Map<string, Map<string, string>>()
  const streams = new Map<string, string[][]>()
  const at = (key: string): Map<string, string> => {
    if (!keys.has(key)) keys.set(key, new Map())
    return keys.get(key)!
  }
  const bytes = (value: string | undefined): Buffer | null =>
    value === undefined ? null : Buffer.from(value, 'latin1')
  const answer = ([name, ...rest]: Command): unknown => {
    const [key, ...args] = rest.map(String) as [string, ...string[]]
    const held = keys.get(key) ?? new Map<string, string>()
    if (name === 'HGETALL') return [...held].flatMap(([field, value]) => [Buffer.from(field), bytes(value)])
    if (name === 'HMGET' || name === 'ZMSCORE') return args.map((field) => bytes(held.get(field)))
    if (name === 'HSCAN')
      return [Buffer.from('0'), [...held].flatMap(([field, value]) => [Buffer.from(field), bytes(value)])]
    if (name === 'ZRANGE') {
      const below = Number(args[1]!.slice(1))
      return [...held].filter(([, score]) => Number(score) < below).map(([member]) => Buffer.from(member))
    }
    throw new Error(`no such command here: ${String(name)}`)
  }
  return {
    keys,
    streams,
    store: { pipeline: async (commands: readonly Command[]) => commands.map(answer) } as unknown as Store,
    begin() {
      let hash = ''
      let [kind, key] = ['', '']
      const opened = (letter: string) => (suffix: string) => void ([kind, key] = [letter, prefix + suffix])
      return {
        hash: (suffix) => void (hash = prefix + suffix),
        pair: (field, value, start = 0, end = value.length) =>
          void at(hash).set(String(field), Buffer.from(value.subarray(start, end)).toString('latin1')),
        piece: (slot, metric, piece, value, start, end) =>
          void at(hash).set(
            pieceField(slot, `${metric}.${piece}`),
            Buffer.from(value.subarray(start, end)).toString('latin1'),
          ),
        textPair: (field, value) => void at(hash).set(String(field), String(value)),
        fields: opened('fields'),
        field: (name, value) => void at(key).set(String(name), text(value)),
        sortedSet: opened('sortedSet'),
        member: (score, member) => void at(key).set(text(member), String(score)),
        withoutFields: opened('without'),
        withoutMembers: opened('without'),
        gone: (name) => {
          if (kind === 'without') at(key).delete(text(name))
        },
        remove: (suffix) => void keys.delete(prefix + suffix),
        stream: (suffix, id, _most, fields) => {
          if (!streams.has(prefix + suffix)) streams.set(prefix + suffix, [])
          streams.get(prefix + suffix)!.push([id, ...fields.map(text)])
        },
      }
    },
  }
}
