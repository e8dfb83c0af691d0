/** The measures of one cell as a value of its own, for readers: the numbers of its row, then the objects of the measures that need one. */
import { rowLayout, type RowLayout } from './measures/index.ts'
import type { Metric } from './definition.ts'

export type { Cell } from './measures/index.ts'

export const layout: (metrics: readonly Metric[]) => RowLayout = rowLayout
