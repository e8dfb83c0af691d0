/**
 * Facts: what the events of one entity come to together, such as a session. Beside the cells of its events a source may have cells of facts; they are those of a
 * source of its own, with breakdowns named after the fact, so that keys, names, retiring, feed and answers are the very same.
 */
import type { Source } from './definition.ts'

export interface Facts {
  /** Of the fact; its breakdowns begin with it and a dot. */
  readonly name: string
  /** As its cells are written: sums beside each other. */
  readonly written: Source
  /** As its cells are read: one metric, named like the fact, of which the sums are statistics. */
  readonly read: Source
  /** Entities of which a partition keeps what continues their facts, at the most, and what one of them takes in the store, about. */
  readonly remembered: { readonly budget: number; readonly bytesEach: number }
}
