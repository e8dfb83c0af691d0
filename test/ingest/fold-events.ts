/** Folds events of one partition through its outputs into a store of maps, in batches of given sizes. */
import { DueWrites } from '../../ingest/outputs/due-writes.ts'
import { createOutputs } from '../../ingest/outputs/list.ts'
import type { Source } from '../../model/definition.ts'
import { daysOf, Fold } from '../../model/fold.ts'
import { copyState, firstState, type PartitionState } from '../../model/partition-state.ts'
import { partitionKeys } from '../../store/keys.ts'
import { memoryStore } from './memory-store.ts'
import { batchFiller, type HandRecord } from './records.ts'

export interface Folded {
  readonly state: PartitionState
  /** By suffix of the key: field or member -> value. */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** An event, or those of one record; `recordKey` of an event is that of its record. `restarts`: everything but the store is made anew before each batch. */
export async function foldEvents(
  source: Source,
  events: readonly (object | object[])[],
  sizes: (batch: number) => number = () => 7,
  restarts = false,
): Promise<Folded> {
  const keys = partitionKeys(source.name, 0, 1)
  const memory = memoryStore(keys.prefix)
  const records = events.map(
    (value, offset): HandRecord => ({
      offset,
      tsMs: null,
      value: Buffer.from(JSON.stringify(value)),
      key: 'recordKey' in value ? Buffer.from(String(value.recordKey)) : null,
    }),
  )
  let state = firstState(0, source.intervals.length)
  const make = () => {
    const filler = batchFiller(source)
    const outputs = createOutputs(source, keys, filler.batch)
    return { filler, outputs, fold: new Fold(source, outputs.all, outputs.ids?.seen) }
  }
  let { filler, outputs, fold } = make()
  for (let at = 0, nth = 0; at < records.length; nth++) {
    if (restarts) ({ filler, outputs, fold } = make())
    const batch = filler.fill(records.slice(at, at + sizes(nth)))
    await outputs.ids?.load(memory.store, state.logClockMs)
    await outputs.readings?.load(memory.store)
    for (const one of outputs.facts) await one.load(memory.store)
    const delta = fold.begin(state)
    await outputs.names.load(memory.store, daysOf(batch), delta.newestBeforeMs)
    for (const one of outputs.facts) await one.loadNames(memory.store, daysOf(batch), delta.newestBeforeMs)
    at += fold.into(delta, batch, 0)
    for (const output of outputs.all) output.take(await memory.store.pipeline(output.reads(delta, 0)), delta)
    const [changes, due] = [memory.begin(), new DueWrites(source)]
    for (const output of outputs.all) output.write(delta, changes, due)
    state = copyState(delta.state)
  }
  return {
    state,
    keys: new Map([...memory.keys].map(([key, value]) => [key.slice(keys.prefix.length), value])),
  }
}
