/** Where each metric finds its value, and which events of a run count in it. */
import type { ColumnLayout } from '../columns/column-layout.ts'
import { Conditions } from '../columns/conditions.ts'
import type { Source } from '../definition.ts'
import type { Run } from '../run.ts'
import type { TextDictionary } from '../columns/text-dictionary.ts'

export interface MetricColumn {
  readonly conditions: Conditions
  /** Of its units; -1: it counts events. */
  readonly column: number
  /** Every event counts: nothing is looked up. */
  readonly isSure: boolean
}

export class MetricColumns {
  readonly of: readonly MetricColumn[]
  /** By metric and place in the run: 1 where the event counts; not written where that is sure. */
  holds: Uint8Array[]

  constructor(source: Source, layout: ColumnLayout, dictionary: TextDictionary) {
    this.of = source.metrics.map((metric, m) => {
      const conditions = new Conditions(metric.where, source, layout, dictionary)
      const column = layout.unitsOf[m]!
      return { conditions, column, isSure: column < 0 && conditions.areNone }
    })
    this.holds = source.metrics.map(() => new Uint8Array(0))
  }

  find({ count, events, batch }: Run): void {
    for (let m = 0; m < this.of.length; m++) {
      const { conditions, column, isSure } = this.of[m]!
      if (isSure) continue
      const holds = this.holds[m]!
      const units = column < 0 ? null : batch.events.units[column]!
      const isFree = conditions.areNone
      for (let n = 0; n < count; n++) {
        const event = events[n]!
        holds[n] =
          (units === null || !Number.isNaN(units[event]!)) && (isFree || conditions.hold(batch.events, event))
            ? 1
            : 0
      }
    }
  }

  makeRoom(capacity: number): void {
    this.holds = this.holds.map(() => new Uint8Array(capacity))
  }
}
