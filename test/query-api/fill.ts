/** Fills a real store as the worker does (decode, fold, writes, apply), without Kafka and with the clocks in the test's hand. */
import { DueWrites } from '../../ingest/outputs/due-writes.ts'
import { createOutputs, type Outputs } from '../../ingest/outputs/list.ts'
import type { Source } from '../../model/definition.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { daysOf, Fold } from '../../model/fold.ts'
import { copyState, firstState, type PartitionState } from '../../model/partition-state.ts'
import { applyBatch } from '../../store/calls/apply.ts'
import { ApplyCall, type FeedFrom } from '../../store/calls/apply-call.ts'
import { definitionHash } from '../../store/calls/catalog.ts'
import type { Store } from '../../store/connection/connection.ts'
import { catalogKey, partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { open } from '../../store/calls/open.ts'
import { positionFields } from '../../store/layout/position.ts'
import { batchFiller } from '../ingest/records.ts'

export interface Sent {
  ts: number
  country?: string
  device?: string
  visitor?: string
  load?: number
  paid?: number
  path?: string
}

/** A source of its own name, so that tests share one server. */
export function testSource(
  name: string,
  keep: Record<string, string> = { '1s': '45m', '1m': '2d', '1h': '90d' },
  budget = 5000,
  more: object = {},
): Source {
  return readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'visitor',
        time: 'ts',
        budget,
        fields: {
          visitor: 'string?',
          country: 'string?',
          device: 'string?',
          load: 'number?',
          paid: 'number?',
        },
        breakdowns: ['country', ['country', 'device']],
        metrics: {
          events: 'count',
          phones: { count: true, where: ['device:is:phone'] },
          revenue: { sum: 'paid', decimals: 2 },
          load: { stats: 'load', decimals: 3 },
        },
        ...more,
      },
    },
    keep,
  })[0]!
}

interface Partition {
  keys: PartitionKeys
  state: PartitionState
  outputs: Outputs
  fold: Fold
  due: DueWrites
  rev: string
}

export class Filler {
  readonly source: Source
  readonly def: string
  readonly #store: Store
  readonly #partitions: Partition[]
  readonly #filler

  constructor(store: Store, source: Source, partitions: number) {
    this.#store = store
    this.source = source
    this.def = definitionHash(source)
    this.#filler = batchFiller(source)
    this.#partitions = Array.from({ length: partitions }, (_, partition) => {
      const keys = partitionKeys(source.name, partition, 1)
      return { keys, state: firstState(0, source.intervals.length), ...this.#begin(keys), rev: '1' }
    })
  }

  keys(partition: number): PartitionKeys {
    return this.#partitions[partition]!.keys
  }

  next(partition: number): number {
    return this.#partitions[partition]!.state.next
  }

  async open(): Promise<void> {
    await this.#store.pipeline([
      [
        'HSET',
        catalogKey(this.source.name),
        'active',
        1,
        'partitions',
        this.#partitions.length,
        'g:1',
        JSON.stringify({ source: this.source, def: this.def, state: 'active', sinceMs: 0 }),
      ],
    ])
    for (const { keys } of this.#partitions)
      await open(this.#store, keys, 0, this.def, { cluster: 'test', topic: this.source.topic })
  }

  /** One record an item (an array is a record of several events; a string is sent as it is); applies them in as few batches as hold them, seen at `endAtMs`. `tsMs`: what all of them say as their Kafka timestamp, as on a topic with CreateTime. */
  async applyBatch(
    partition: number,
    items: readonly (Sent | Sent[] | string)[],
    endAtMs: number,
    options: {
      via?: string
      behind?: number
      feed?: boolean
      /** From which offset the feed is kept, as a worker decides it. */
      feedFrom?: (next: number, bytes: number) => FeedFrom
      tsMs?: number | null
      key?: (item: Sent) => string
    } = {},
  ): Promise<void> {
    const one = this.#partitions[partition]!
    const records = items.map((item, at) => {
      const value = Buffer.from(typeof item === 'string' ? item : JSON.stringify(item))
      // A record comes when its first event happens, and is seen at the end of all.
      const tsMs =
        options.tsMs !== undefined
          ? options.tsMs
          : typeof item === 'string'
            ? endAtMs
            : Math.min(...[item].flat().map(({ ts }) => ts))
      return {
        offset: one.state.next + at,
        tsMs,
        value,
        via: options.via ?? null,
        key: options.key === undefined ? null : Buffer.from(options.key(item as Sent)),
        judgedMs: options.tsMs === undefined ? endAtMs : options.tsMs,
      }
    })
    const batch = this.#filler.fill(records)
    const { all, names, readings, ids, facts } = one.outputs
    await readings?.load(this.#store)
    for (const fact of facts) await fact.load(this.#store)
    await ids?.load(this.#store, one.state.logClockMs)
    const delta = one.fold.begin(one.state)
    await names.load(this.#store, daysOf(batch), delta.newestBeforeMs)
    for (const fact of facts) await fact.loadNames(this.#store, daysOf(batch), delta.newestBeforeMs)
    const taken = one.fold.into(delta, batch, 0)
    if (taken === 0 && records.length > 0) throw new Error('not one record fits a batch')
    for (const output of all) {
      const reads = output.reads(delta, 0)
      output.take(reads.length > 0 ? await this.#store.pipeline(reads) : [], delta)
    }
    const call = new ApplyCall(one.keys)
    for (const output of all) output.write(delta, call, one.due)
    one.due.write(call)
    const { state } = delta
    const pos = positionFields(state, this.source, { end: state.next + (options.behind ?? 0), endAtMs }, 0)
    const isTold = state.next > delta.base && options.feed !== false
    const feedFrom = isTold ? (options.feedFrom?.(state.next, call.feedBytes) ?? 0) : null
    const result = await applyBatch(
      this.#store,
      one.keys,
      call.finish({ def: this.def, rev: one.rev }, { base: delta.base, next: state.next, pos, feedFrom }),
    )
    if (!result.applied) throw new Error(`refused: ${result.why}`)
    one.state = copyState(state)
    if (taken < records.length) await this.applyBatch(partition, items.slice(taken), endAtMs, options)
  }

  /** As a worker that lost its place: the state is what it was at an earlier moment. */
  snapshot(partition: number): { state: PartitionState } {
    return { state: copyState(this.#partitions[partition]!.state) }
  }

  /** Forgets what was believed; the store was put back to `state` by the caller. */
  rewind(partition: number, state: PartitionState): void {
    const one = this.#partitions[partition]!
    one.state = copyState(state)
    Object.assign(one, this.#begin(one.keys))
  }

  #begin(keys: PartitionKeys): { outputs: Outputs; fold: Fold; due: DueWrites } {
    const outputs = createOutputs(this.source, keys, this.#filler.batch)
    return {
      outputs,
      fold: new Fold(this.source, outputs.all, outputs.ids?.seen),
      due: new DueWrites(this.source),
    }
  }
}
