import type { CatalogSource } from '../../query-api/wire.ts'

/** Sessions, funnels and the like. */
export const declaresFacts = ({ sessions, funnels = [], retention = [], journeys }: CatalogSource): boolean =>
  sessions !== undefined || journeys !== undefined || funnels.length + retention.length > 0
