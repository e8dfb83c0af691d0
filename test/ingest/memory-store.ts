/** The few commands of a store that the outputs of the fold use, over maps: for tests of what comes out, without a server. */
import type { Op } from '../../store/apply.ts'
import type { Command, Store } from '../../store/connection.ts'

export interface MemoryStore {
  readonly store: Store
  /** Hashes and sorted sets by key: field -> value, member -> score. */
  readonly keys: Map<string, Map<string, string>>
  /** Streams by key: `id field value ...`. */
  readonly streams: Map<string, string[][]>
  apply(ops: readonly Op[]): void
}

const text = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))

export function memoryStore(): MemoryStore {
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
    apply(ops) {
      for (const op of ops) {
        if (op.op === 'd') keys.delete(op.key)
        else if (op.op === 'x') {
          if (!streams.has(op.key)) streams.set(op.key, [])
          streams.get(op.key)!.push([op.id, ...op.fields.map(text)])
        } else if (op.op === 'r' || op.op === 'e') for (const field of op.args) at(op.key).delete(text(field))
        else
          for (let i = 0; i < op.args.length; i += 2) {
            const [first, second] = [op.args[i], op.args[i + 1]]
            if (op.op === 'h') at(op.key).set(String(first), text(second))
            else at(op.key).set(String(second), text(first))
          }
      }
    },
  }
}
