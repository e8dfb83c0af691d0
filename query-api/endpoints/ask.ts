/** A query of any endpoint, from its text to its answer: for routes, live streams and batches alike. */
import type { PointBudget } from '../engine/plan/budget.ts'
import { answerOne, type PreparedQuery } from '../engine/rows/one-snapshot.ts'
import type { Rounds } from '../engine/rows/rounds.ts'
import { badParam, ProblemError } from '../problem.ts'
import type { QueryService } from '../service/query-service.ts'
import type { SeriesQuery, TopQuery } from '../language/query.ts'
import { mustScan, type LogScans } from '../scan/log-scans.ts'
import type { ScanProgress } from '../scan/open-scan.ts'
import type { ScanSession } from '../scan/session.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { LiveAnswer } from '../wire.ts'
import type { AnyAnswer, AnyQuery, FromCells, LiveRule } from './endpoint.ts'
import { readQuery } from './read-queries.ts'
import { noted, withRevisions } from './revisions.ts'
import { queryEndpoints, type SomeQueryEndpoint } from './list.ts'
import { answerRatio, isRatio, sourcesOf, type RatioQuery, type Sides } from './ratio.ts'

/** Two, and as many again where the first ones are not of one interval. */
const MOST_HALVES = 8

/** Of whoever waits for one answer. */
export interface Waiting {
  /** When it may be worked out. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>
  /** It is given up. Made for who asks for it: most answers are there before anybody could. */
  readonly signal: AbortSignal
  /** It may take long: the log is read for it. */
  readonly patience: () => void
}

export interface OnceHandle {
  readonly query: AnyQuery
  readonly key: string
  readonly execute: (waiting: Waiting) => Promise<AnyAnswer>
}

/** What earlier answers to the same query kept is used again. Throws ProblemError. */
export function askOnce(service: QueryService, endpoint: SomeQueryEndpoint, raw: string): OnceHandle {
  const { query, key, keptKey } = readQuery(endpoint, raw)
  const { execution } = endpoint
  return {
    query,
    key,
    async execute(waiting) {
      if (execution.cost === 'read') return execution.execute(service, query)
      const ask = (one: AnyQuery, kept: string): Promise<AnyAnswer> =>
        computed(service, execution, one, kept, waiting)
      const answer = await (isRatio(query)
        ? answerRatio(
            sides(service, (one) => ask(one, execution.keptKey(one))),
            query,
          )
        : ask(query, keptKey!))
      return withRevisions(service, query, keptKey!, answer)
    },
  }
}

const sides = (service: QueryService, ask: Sides['ask']): Sides => ({
  ask,
  definition: async (source) => (await service.sources.get(source)).source,
})

async function computed(
  service: QueryService,
  execution: FromCells<AnyQuery, AnyAnswer>,
  query: AnyQuery,
  key: string,
  waiting: Waiting,
): Promise<AnyAnswer> {
  const { turn } = waiting
  const asked = await scannedBy(service, execution, query)
  if (asked === null) return service.kept.run(key, query.source, () => execution.prepare(query), turn)
  waiting.patience()
  return asked.scans.once(key, () => asked.start(), asked.open, { turn, signal: waiting.signal })
}

/** What answers a query that no cells hold; null where cells do. Throws ProblemError, StoreError. */
async function scannedBy(
  { scans, sources }: QueryService,
  { scan }: FromCells<AnyQuery, AnyAnswer>,
  query: AnyQuery,
): Promise<{
  start: (budget?: PointBudget) => ScanSession<AnyAnswer>
  scans: LogScans
  open: OpenSource
} | null> {
  if (scans === null || scan === null) return null
  const open = await sources.get(query.source)
  // Only queries of a metric are computed.
  return mustScan(query as unknown as SeriesQuery | TopQuery, open)
    ? { start: (budget) => scan(scans, query, budget), scans, open }
    : null
}

export interface LiveQueryHandle {
  /** Equal for queries that mean the same. */
  readonly key: string
  /** Two where one is divided by the other. */
  readonly sources: readonly string[]
  readonly kind: string
  readonly everyMs: number
  readonly execute: (reading: {
    /** Hears how far the log is read, where it is. */
    readonly progress: (progress: ScanProgress) => void
    /** Hears what the part comes to that is read. */
    readonly part: (part: LiveAnswer) => void
  }) => Promise<LiveAnswer>
  /** Nobody asks any more: what it kept is let go of. */
  readonly release?: () => void
}

/** `series?...` or any other that may be live, answered in `rounds`; series share the points of `budget`. Throws ProblemError. */
export function askLive(
  service: QueryService,
  text: string,
  rounds: Rounds,
  budget?: PointBudget,
): LiveQueryHandle {
  const { endpoint, raw } = endpointOf(text, ({ live }) => live !== null, 'a live query')
  const query = endpoint.read(raw)
  const { name, execution, live, formats } = endpoint
  if (query.format !== formats[0]) throw badParam('format', `a live stream sends ${formats[0]} only`)
  const { everyMs, rowsMax } = live as LiveRule
  if ('revisions' in query) throw badParam('revisions', 'a live stream tells them by itself')
  if (rowsMax !== null && query.limit > rowsMax)
    throw new ProblemError('bad_request', `limit: a live stream sends at most ${rowsMax} rows`, [
      { pointer: '/limit', detail: `at most ${rowsMax}` },
    ])
  const handle = { key: endpoint.key(query), sources: sourcesOf(query), kind: name, everyMs }
  if (execution.cost === 'read')
    return { ...handle, execute: () => execution.execute(service, query) as Promise<LiveAnswer> }
  if (isRatio(query)) return { ...handle, ...liveRatio(service, execution, query, rounds, budget) }
  return { ...handle, ...liveOne(service, execution, query, rounds, budget) }
}

type LiveExecution = Pick<LiveQueryHandle, 'execute' | 'release'>

/** Each of the two is kept current by itself. */
function liveRatio(
  service: QueryService,
  execution: FromCells<AnyQuery, AnyAnswer>,
  query: RatioQuery,
  rounds: Rounds,
  budget?: PointBudget,
): LiveExecution {
  const halves = new Map<string, LiveExecution>()
  const release = (): void => {
    for (const half of halves.values()) half.release?.()
    halves.clear()
  }
  return {
    execute({ progress }) {
      const ask = (one: AnyQuery): Promise<AnyAnswer> => {
        const key = execution.keptKey(one)
        let half = halves.get(key)
        // Other intervals are asked for as a range moves on; those of before are of no more use.
        if (half === undefined && halves.size >= MOST_HALVES) release()
        if (half === undefined) halves.set(key, (half = liveOne(service, execution, one, rounds, budget)))
        return half.execute({ progress, part: () => undefined })
      }
      return answerRatio(sides(service, ask), query) as Promise<LiveAnswer>
    },
    release,
  }
}

function liveOne(
  service: QueryService,
  execution: FromCells<AnyQuery, AnyAnswer>,
  query: AnyQuery,
  rounds: Rounds,
  budget?: PointBudget,
): LiveExecution {
  const prepared = execution.prepare(query, budget) as PreparedQuery<LiveAnswer>
  const key = execution.keptKey(query)
  let session: ScanSession<AnyAnswer> | null = null
  return {
    async execute({ progress, part }) {
      const asked = await scannedBy(service, execution, query)
      if (asked === null) return noted(service, key, await rounds.answer(query.source, prepared))
      session ??= asked.start(budget)
      const heard = (one: AnyAnswer): void => part(one as LiveAnswer)
      const answer = await session.answer(asked.open, { progress, part: heard })
      return noted(service, key, answer as LiveAnswer)
    },
    release: () => {
      prepared.forget()
      session?.release()
    },
  }
}

/** One of several at one vector. */
export interface BatchItem {
  readonly source: string
  readonly prepared: PreparedQuery<AnyAnswer>
  /** From the log, where no cells hold the answer; null where they do. It is as of where the store stands when the log is read. */
  readonly scanned: (waiting: Waiting) => Promise<(() => Promise<AnyAnswer>) | null>
  /** It was answered: as it is told. */
  readonly told: (answer: AnyAnswer) => AnyAnswer
}

/** Throws ProblemError. */
export function askInBatch(service: QueryService, text: string, budget: PointBudget): BatchItem {
  const { endpoint, raw } = endpointOf(text, ({ isBatchable }) => isBatchable, 'a query')
  const query = endpoint.read(raw)
  const { execution, formats } = endpoint
  if (query.format !== formats[0])
    throw badParam('format', `several queries are answered in ${formats[0]} only`)
  if (execution.cost !== 'computed') throw new Error(`${endpoint.name} cannot be answered in a batch`)
  return {
    source: query.source,
    prepared: execution.prepare(query, budget),
    told: (answer) => withRevisions(service, query, execution.keptKey(query), answer),
    async scanned(waiting) {
      const { turn, signal, patience } = waiting
      // Two sources have two vectors: it is answered beside the snapshot of either, out of the values that all of the request share.
      if (isRatio(query))
        return () =>
          answerRatio(
            sides(service, (one) => inBudget(service, execution, one, waiting, budget)),
            query,
          )
      const asked = await scannedBy(service, execution, query)
      if (asked === null) return null
      patience()
      return async () => {
        const session = asked.start(budget)
        try {
          return await session.answer(asked.open, { turn, signal })
        } finally {
          session.release()
        }
      }
    },
  }
}

async function inBudget(
  service: QueryService,
  execution: FromCells<AnyQuery, AnyAnswer>,
  query: AnyQuery,
  { turn, signal, patience }: Waiting,
  budget: PointBudget,
): Promise<AnyAnswer> {
  const asked = await scannedBy(service, execution, query)
  if (asked === null) {
    const open = await service.sources.get(query.source)
    return turn(() => answerOne(open, execution.prepare(query, budget), service.now))
  }
  patience()
  const session = asked.start(budget)
  try {
    return await session.answer(asked.open, { turn, signal })
  } finally {
    session.release()
  }
}

/** `series?metric=...` to its endpoint and the query string. */
function endpointOf(
  text: string,
  fits: (endpoint: SomeQueryEndpoint) => boolean,
  what: string,
): { endpoint: SomeQueryEndpoint; raw: string } {
  const mark = text.indexOf('?')
  const [name, raw] = mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)]
  const fitting = queryEndpoints.filter(fits)
  const endpoint = fitting.find((one) => one.name === name)
  if (endpoint !== undefined) return { endpoint, raw }
  const names = fitting.map((one) => `"${one.name}?"`)
  throw new ProblemError(
    'bad_request',
    `${what} begins with ${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`,
  )
}
