/** How much of the store a source holds, about, and what the most of it is: counts of what lies there, a sample of its chunks, and the sizes of the forecast. */
import type { Source } from '../model/definition.ts'
import {
  cellBytesOf,
  CHUNK_BYTES,
  DUE_BYTES,
  ENTITY_BYTES,
  forecast,
  LATEST_BYTES,
  NAME_BYTES,
  RANKED_BYTES,
  STREAM_BYTES,
} from '../model/forecast.ts'
import type { Command, Store } from '../store/connection/connection.ts'
import { partitionKeys } from '../store/keys.ts'
import { suffixesOfDue } from '../store/layout/due.ts'
import type { Generations } from '../store/calls/read-generations.ts'

export interface Holdings {
  readonly source: string
  readonly bytes: number
  /** What grows, in words of the definition, most first. */
  readonly parts: readonly { readonly what: string; readonly bytes: number }[]
  /** What the definition may take: the forecast at its budget, of all partitions. */
  readonly allowedBytes: number
}

const SAMPLED_A_PARTITION = 24
/** Of a group with very many names the rest is not looked at. */
const SUFFIXES_A_MEMBER = 100

export async function holdingsOf(store: Store, { active, all, partitions }: Generations): Promise<Holdings> {
  const { source } = active
  const parts = new Map<string, number>()
  const add = (what: string, bytes: number): void => void parts.set(what, (parts.get(what) ?? 0) + bytes)
  for (const { generation, source: its } of all)
    await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        addPartition(store, its, partition, generation, add),
      ),
    )
  const sorted = [...parts]
    .map(([what, bytes]) => ({ what, bytes }))
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes)
  return {
    source: source.name,
    bytes: sorted.reduce((sum, { bytes }) => sum + bytes, 0),
    parts: sorted,
    allowedBytes: forecast(source, source.budget).bytes * partitions,
  }
}

async function addPartition(
  store: Store,
  source: Source,
  partition: number,
  generation: number,
  add: (what: string, bytes: number) => void,
): Promise<void> {
  const keys = partitionKeys(source.name, partition, generation)
  const [due, seen, last, feed, sample] = (await store.pipeline([
    ['ZCARD', keys.due],
    ['ZCARD', keys.seen],
    ['HLEN', keys.last],
    ['XLEN', keys.feed],
    ['ZRANDMEMBER', keys.due, SAMPLED_A_PARTITION],
  ])) as [number, number, number, number, Buffer[]]
  add(`entities (${source.key})`, seen * ENTITY_BYTES)
  add(`latest values of entities (${source.key})`, last * LATEST_BYTES)
  add('feed, tail, rejects', feed > 0 ? STREAM_BYTES / 4 : 0)
  if (sample.length === 0) return
  const members = sample.map(String)
  const suffixes = members.flatMap((member) => suffixesOfDue(member, source).slice(0, SUFFIXES_A_MEMBER))
  const sizes = (await store.pipeline(
    suffixes.map((suffix): Command => [suffix.startsWith('z:') ? 'ZCARD' : 'HLEN', keys.of(suffix)]),
  )) as number[]
  const times = due / members.length
  add('when it goes', due * DUE_BYTES)
  for (const [at, suffix] of suffixes.entries()) {
    if (sizes[at] === 0) continue // it may be there, and is not
    const [kind, first, second] = suffix.split(':')
    const [what, each] =
      kind === 'n'
        ? [`names of ${first}`, NAME_BYTES]
        : kind === 'z'
          ? [`the ranking of ${first} by ${second}`, RANKED_BYTES]
          : [`cells by ${first === 'all' ? 'the total' : first} in ${second}`, cellBytesOf(source, first!)]
    add(what, times * (sizes[at]! * each + CHUNK_BYTES))
  }
}
