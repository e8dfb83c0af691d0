/** The parts a page is made of, as data: what each shows of which source. */
import type { CatalogSource } from '../../query-api/wire.ts'

export type Metric = CatalogSource['metrics'][number]

export interface TileSpec {
  readonly title: string
  readonly source: CatalogSource
  readonly metric: Metric
}
/** What does not add up: each window as the API has it, percentiles as lines beside each other. */
export interface WholeSpec {
  readonly panel: 'whole'
  readonly name: string
  readonly title: string
  readonly source: CatalogSource
  readonly metric: Metric
  readonly width: 'w8'
}
/** A count or sum is drawn as a rate per second, an average as it is. */
export interface ChartSpec {
  readonly panel: 'chart'
  readonly name: string
  readonly title: string
  readonly source: CatalogSource
  readonly metric: Metric
  /** Null draws the total alone. */
  readonly field: string | null
  /** Series shown by name. */
  readonly top: number
  readonly width: 'w8' | 'w4'
  /** Lines beside each other, where a stack would hide how each one goes. */
  readonly lines?: true
  /** Beside the filters of the page. */
  readonly where?: { readonly field: string; readonly value: string; readonly unit: string }
}
export interface TopSpec {
  readonly panel: 'top'
  readonly name: string
  readonly source: CatalogSource
  readonly metric: Metric
  readonly fields: readonly string[]
}
export interface EntitiesSpec {
  readonly panel: 'entities'
  readonly name: string
  readonly source: CatalogSource
}
export interface FeedSpec {
  readonly panel: 'feed'
  readonly name: string
  readonly sources: readonly CatalogSource[]
  readonly width: 'w4' | 'w8' | 'w12'
}
export type PanelSpec = ChartSpec | WholeSpec | TopSpec | EntitiesSpec | FeedSpec

export interface Section {
  readonly name: string
  /** Null where the page holds nothing else. */
  readonly title: string | null
  readonly sources: readonly CatalogSource[]
  readonly tiles: readonly TileSpec[]
  /** Sources whose events are added up in a tile of what arrives. */
  readonly arriving: readonly CatalogSource[]
  readonly panels: readonly PanelSpec[]
}
