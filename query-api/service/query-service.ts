/** What answers are made from: the store, the sources in it, the ends of the log, a clock, and what earlier answers kept. */
import type { Store } from '../../store/connection/connection.ts'
import { answerOne } from '../engine/rows/one-snapshot.ts'
import { Entities } from '../entities/entities.ts'
import type { LogScans } from '../scan/log-scans.ts'
import { noLogEnds, type LogEnds } from '../sources/log-ends.ts'
import { Sources } from '../sources/sources.ts'
import type { FreshnessRuler } from './freshness.ts'
import { KeptQueries } from './kept-queries.ts'
import { Revisions } from './revisions.ts'

export class QueryService {
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number
  readonly entities: Entities
  readonly logEnds: LogEnds
  /** Of queries that are asked over HTTP. */
  readonly kept = new KeptQueries(async (source, prepared) =>
    answerOne(await this.sources.get(source), prepared, this.now),
  )
  /** What was corrected in answers that were given. */
  readonly revisions = new Revisions()
  /** What reads the log for questions that no cells answer; null where there is no log to read. */
  readonly scans: LogScans | null
  /** By source: how fresh the frames of its live queries are. */
  readonly freshness = new Map<string, FreshnessRuler>()

  constructor(store: Store, now: () => number, logEnds: LogEnds = noLogEnds, scans: LogScans | null = null) {
    this.scans = scans
    this.store = store
    this.now = now
    this.logEnds = logEnds
    this.sources = new Sources({ store, now, logEnds })
    this.entities = new Entities(store, now)
  }
}
