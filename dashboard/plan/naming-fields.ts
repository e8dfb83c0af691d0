/** Fields that name series on their own, of a metric from what is kept of it. */
import type { CatalogSource } from '../../query-api/wire.ts'
import type { Metric } from './section.ts'

export const namingFields = (source: CatalogSource, metric?: Metric): string[] =>
  (metric?.breakdowns ?? source.breakdowns).filter((fields) => fields.length === 1).map(([field]) => field!)
