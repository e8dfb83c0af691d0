/** The latest readings of each series of the metrics that go by series: they lie in the store, and are read once when a worker begins. */
import type { Source } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import { packReadings, unpackReadings, type Reading } from '../../model/readings.ts'
import type { Steps } from '../../model/cells/steps.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import { damaged } from '../../store/errors.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { readingsSuffix } from '../../store/layout/readings.ts'
import type { Changes, Output } from './output.ts'

const SERIES_A_SCAN = 2000

export class ReadingsOutput implements Output {
  readonly pairsPerEvent = 1
  /** Those of the steps, which the cells ask for. */
  readonly pairs = 0
  readonly #keys: PartitionKeys
  readonly #steps: Steps
  readonly #breakdowns: number
  readonly #writer = new ByteWriter()
  #isLoaded = false

  constructor(source: Source, keys: PartitionKeys, steps: Steps) {
    this.#keys = keys
    this.#steps = steps
    this.#breakdowns = source.breakdowns.length
  }

  /** Must be called before anything is folded. */
  async load(store: Store): Promise<void> {
    if (this.#isLoaded) return
    for (const { name, readings } of this.#steps.metrics) {
      const key = this.#keys.of(readingsSuffix(name))
      // A scan may say a series twice.
      const seen = new Set<string>()
      let cursor = '0'
      do {
        const scan: Command = ['HSCAN', key, cursor, 'COUNT', SERIES_A_SCAN]
        const [[next, flat]] = (await store.pipeline([scan])) as [[Buffer, Buffer[]]]
        cursor = next.toString()
        for (let at = 0; at < flat.length; at += 2) {
          const series = flat[at]!.toString()
          if (seen.has(series)) continue
          seen.add(series)
          readings.load(series, this.#readingsIn(key, series, flat[at + 1]!))
        }
      } while (cursor !== '0')
    }
    this.#isLoaded = true
  }

  // What it holds follows the cells, which begin, take and discard it.
  begin(): void {}
  discard(): void {}
  add(): void {}
  take(): void {}

  reads(): Command[] {
    return []
  }

  write({ state }: Delta, changes: Changes): void {
    for (const { name, readings } of this.#steps.metrics) {
      const { changed, gone, seriesOver, readingsOver } = readings.keep()
      state.seriesOver += seriesOver
      state.readingsOver += readingsOver
      if (gone.length > 0) changes.withoutFields(readingsSuffix(name))
      for (const series of gone) changes.gone(series)
      if (changed.length > 0) changes.fields(readingsSuffix(name))
      for (const [series, its] of changed) {
        packReadings(its, this.#writer)
        changes.field(series, this.#writer.take())
      }
    }
  }

  #readingsIn(key: string, series: string, bytes: Buffer): readonly Reading[] {
    try {
      return unpackReadings(new ByteReader(bytes), this.#breakdowns)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw damaged(key, series, 'holds no readings of a series')
    }
  }
}
