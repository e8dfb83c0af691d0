/** The answers of the API by the names that its document gives them. The types on the wire (`wire.ts`) are these schemas' own. */
import { z } from 'zod'
import { catalogAnswer } from './catalog.ts'
import { collectAnswer } from './collect.ts'
import { problem } from './common.ts'
import { knownValuesAnswer } from './known-values.ts'
import {
  batchAnswer,
  liveBehind,
  liveChanged,
  liveError,
  liveHeartbeat,
  livePatch,
  liveProgress,
  liveReset,
} from './live.ts'
import { partitionStatus } from './partition-status.ts'
import { provenance } from './provenance.ts'
import { entitiesAnswer, rejectsAnswer, tailAnswer } from './rows.ts'
import { rowsAnswer, seriesAnswer } from './series.ts'
import { statusAnswer } from './status.ts'
import { storeAnswer } from './store.ts'
import { funnelAnswer } from './funnel.ts'
import { journeysAnswer } from './journeys.ts'
import { retentionAnswer } from './retention.ts'
import { sessionsAnswer } from './sessions.ts'
import { topAnswer } from './top.ts'

export const health = z.object({ status: z.literal('ok') })

export const answerSchemas = {
  Provenance: provenance,
  SeriesAnswer: seriesAnswer,
  RowsAnswer: rowsAnswer,
  TopAnswer: topAnswer,
  SessionsAnswer: sessionsAnswer,
  FunnelAnswer: funnelAnswer,
  JourneysAnswer: journeysAnswer,
  RetentionAnswer: retentionAnswer,
  EntitiesAnswer: entitiesAnswer,
  TailAnswer: tailAnswer,
  RejectsAnswer: rejectsAnswer,
  LiveReset: liveReset,
  LivePatch: livePatch,
  LiveError: liveError,
  LiveProgress: liveProgress,
  LiveBehind: liveBehind,
  LiveHeartbeat: liveHeartbeat,
  LiveChanged: liveChanged,
  CatalogAnswer: catalogAnswer,
  KnownValuesAnswer: knownValuesAnswer,
  PartitionStatus: partitionStatus,
  StatusAnswer: statusAnswer,
  StoreAnswer: storeAnswer,
  BatchAnswer: batchAnswer,
  CollectAnswer: collectAnswer,
  Problem: problem,
  Health: health,
} as const
