/**
 * The answers of the API as schemas: the document of the API is made from them, and its tests hold every real answer against them. They say
 * what wire.ts says; a test compares the two by type, so that neither can move alone.
 */
import { z } from 'zod'
import { offset, count, provenance, problem } from './common-schemas.ts'
import {
  seriesAnswer,
  rowsAnswer,
  topAnswer,
  entitiesAnswer,
  tailAnswer,
  rejectsAnswer,
} from './query-schemas.ts'
import { catalogAnswer, partitionStatus, statusAnswer } from './status-schemas.ts'
import { storeAnswer } from './store-schemas.ts'

export const batchAnswer = z.object({
  answers: z.array(
    z.union([z.object({ answer: z.union([seriesAnswer, topAnswer]) }), z.object({ problem })]),
  ),
})
export const collectAnswer = z.object({
  accepted: count,
  rejected: count,
  items: z.array(
    z.union([
      z.object({ status: z.literal('accepted'), partition: count, offset }),
      z.object({ status: z.literal('rejected'), reason: z.string(), detail: z.exactOptional(z.string()) }),
    ]),
  ),
  reasons: z.exactOptional(z.record(z.string(), count)),
  itemsLeftOut: z.exactOptional(count),
})
export const health = z.object({ status: z.literal('ok') })

/** By the names that the document gives them. */
export const answerSchemas = {
  Provenance: provenance,
  SeriesAnswer: seriesAnswer,
  RowsAnswer: rowsAnswer,
  TopAnswer: topAnswer,
  EntitiesAnswer: entitiesAnswer,
  TailAnswer: tailAnswer,
  RejectsAnswer: rejectsAnswer,
  CatalogAnswer: catalogAnswer,
  PartitionStatus: partitionStatus,
  StatusAnswer: statusAnswer,
  StoreAnswer: storeAnswer,
  BatchAnswer: batchAnswer,
  CollectAnswer: collectAnswer,
  Problem: problem,
  Health: health,
} as const
