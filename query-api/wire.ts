/**
 * What crosses the wire between the query API and its readers. Types only, each that of its schema in `answers/`, which says what its
 * fields mean; the dashboard and the client import nothing else of the API.
 */
import type { z } from 'zod'
import type * as catalog from './answers/catalog.ts'
import type * as collect from './answers/collect.ts'
import type * as common from './answers/common.ts'
import type * as facts from './answers/facts.ts'
import type * as funnel from './answers/funnel.ts'
import type * as journeys from './answers/journeys.ts'
import type * as retention from './answers/retention.ts'
import type * as known from './answers/known-values.ts'
import type * as live from './answers/live.ts'
import type * as partition from './answers/partition-status.ts'
import type * as provenance from './answers/provenance.ts'
import type * as rows from './answers/rows.ts'
import type * as series from './answers/series.ts'
import type * as sessions from './answers/sessions.ts'
import type * as status from './answers/status.ts'
import type * as store from './answers/store.ts'
import type * as top from './answers/top.ts'
import type * as upkeep from './answers/upkeep.ts'

/** What an answer knows about itself (law L9). */
export type Provenance = z.infer<typeof provenance.provenance>
export type LogEnd = z.infer<typeof provenance.logEnd>
export type PartitionState = z.infer<typeof provenance.partitionState>
export type IncompletePartition = z.infer<typeof provenance.incompletePartition>
export type Rebuilding = z.infer<typeof provenance.rebuilding>

/** `GET /v1/series`: columns, times ascending, window starts. */
export type SeriesAnswer = z.infer<typeof series.seriesAnswer>
export type SeriesMeta = z.infer<typeof series.seriesMeta>
export type Series = z.infer<typeof series.series>
export type PreviousValues = z.infer<typeof series.previousValues>
/** What a name is, beside its labels. */
export type NameNotes = z.infer<typeof series.nameNotes>
/** The same with `format=rows`. */
export type RowsAnswer = z.infer<typeof series.rowsAnswer>
/** How far values may be off; absent where all of them are exact. */
export type Approximate = NonNullable<SeriesMeta['approximate']>

/** `GET /v1/top`: names by value, exact over the range answered. */
export type TopAnswer = z.infer<typeof top.topAnswer>
export type TopMeta = z.infer<typeof top.topMeta>
export type TopRow = z.infer<typeof top.topRow>
export type Bounds = z.infer<typeof top.bounds>

/** `GET /v1/sessions` */
export type SessionsAnswer = z.infer<typeof sessions.sessionsAnswer>
export type SessionsRow = z.infer<typeof sessions.sessionsRow>
export type SessionFigures = z.infer<typeof sessions.sessionFigures>
export type Mispartitioned = z.infer<typeof facts.mispartitioned>

/** `GET /v1/funnel` */
export type FunnelAnswer = z.infer<typeof funnel.funnelAnswer>

/** `GET /v1/journeys` */
export type JourneysAnswer = z.infer<typeof journeys.journeysAnswer>
/** `GET /v1/retention` */
export type RetentionAnswer = z.infer<typeof retention.retentionAnswer>
export type RetentionRow = z.infer<typeof retention.retentionRow>

/** `GET /v1/entities` */
export type EntitiesAnswer = z.infer<typeof rows.entitiesAnswer>
export type EntitiesMeta = z.infer<typeof rows.entitiesMeta>
export type EntityRow = z.infer<typeof rows.entityRow>
/** `GET /v1/events`, `GET /v1/rejects` */
export type TailAnswer = z.infer<typeof rows.tailAnswer>
export type TailRow = z.infer<typeof rows.tailRow>
export type RejectsAnswer = z.infer<typeof rows.rejectsAnswer>
export type RejectRow = z.infer<typeof rows.rejectRow>

/**
 * `GET /v1/live?q=<query string>&q=...`: server-sent events, one stream a tab. Each `q` is the query string of an endpoint that may be
 * live, prefixed by its name (`series?metric=...`). Event names are `reset`, `patch`, `error`, `progress`, `part`, `behind` and `beat`.
 */
export type LiveAnswer = z.infer<typeof live.liveAnswer>
export interface LiveReset<A extends LiveAnswer = SeriesAnswer | TailAnswer>
  extends Omit<z.infer<typeof live.liveReset>, 'answer'> {
  answer: A
}
export type LivePatch = z.infer<typeof live.livePatch>
export type AnswerRevisions = z.infer<typeof series.answerRevisions>
export type Revision = z.infer<typeof live.revision>
export type LiveError = z.infer<typeof live.liveError>
export type LiveProgress = z.infer<typeof live.liveProgress>
export type LivePart = z.infer<typeof live.livePart>
export type LiveBehind = z.infer<typeof live.liveBehind>
export type LiveChanged = z.infer<typeof live.liveChanged>
export type LiveHeartbeat = z.infer<typeof live.liveHeartbeat>

/** `POST /v1/query`: queries as in a live stream, all those of one source at one vector. */
export type BatchedAnswer = z.infer<typeof live.batchedAnswer>
export type BatchAnswer = z.infer<typeof live.batchAnswer>

/** RFC 9457, `application/problem+json`. */
export type Problem = z.infer<typeof common.problem>
export type Damage = z.infer<typeof common.damage>
/** `POST /v1/events?source=` */
export type CollectAnswer = z.infer<typeof collect.collectAnswer>

/** `GET /v1/catalog` */
export type CatalogAnswer = z.infer<typeof catalog.catalogAnswer>
export type CatalogSource = z.infer<typeof catalog.catalogSource>

/** `GET /v1/meta/known-values` */
export type KnownValuesAnswer = z.infer<typeof known.knownValuesAnswer>

/** `GET /v1/status` */
export type StatusAnswer = z.infer<typeof status.statusAnswer>
export type SourceStatus = z.infer<typeof status.sourceStatus>
export type PartitionStatus = z.infer<typeof partition.partitionStatus>
export type PartitionHalt = z.infer<typeof partition.partitionHalt>
export type GenerationStatus = z.infer<typeof status.generationStatus>
export type RebuildStatus = z.infer<typeof status.rebuildStatus>
export type SpentBudget = z.infer<typeof status.spentBudget>
export type Freshness = z.infer<typeof status.freshness>
export type FreshnessPart = z.infer<typeof status.freshnessPart>
export type KafkaStatus = z.infer<typeof status.kafkaStatus>
export type UpkeepStatus = z.infer<typeof upkeep.upkeepStatus>

/** `GET /v1/store` */
export type StoreAnswer = z.infer<typeof store.storeAnswer>
export type StoreNode = z.infer<typeof store.storeNode>
export type StoreDisk = z.infer<typeof store.storeDisk>
export type StoreMemory = z.infer<typeof store.storeMemory>
export type KeyKind = z.infer<typeof store.keyKind>
export type MemoryKind = z.infer<typeof store.memoryKind>
export type StoreCall = z.infer<typeof store.storeCall>
export type StoreSlow = z.infer<typeof store.storeSlow>
export type StoreBackup = z.infer<typeof store.storeBackup>
export type StoreBackups = z.infer<typeof store.storeBackups>
