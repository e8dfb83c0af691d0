/** Answers a ranking: the names of a breakdown by what they have over a range, exact from cells of all partitions (never from a sorted set). */
import type { Hashes } from './chunks.ts'
import { Numbering } from './numbering.ts'
import { leftOutNotes, together, type Marks } from './partition-rows.ts'
import { badParam, ProblemError } from './problem.ts'
import { provenanceOf, type SourceStanding } from './provenance.ts'
import type { TopQuery } from './query.ts'
import { ask, shownMetric, type Question } from './question.ts'
import { RangeCells } from './range-cells.ts'
import { Ranking } from './ranking.ts'
import type { OpenSource } from './sources.ts'
import { tilingsOf, type Tiling } from './tiles.ts'
import { resolveTime, shownTime, usesLatest, type Clocks } from './time.ts'
import { joiner, type Asker, type Attempt } from './together.ts'
import type { TopAnswer } from './wire.ts'

interface Asked {
  readonly partitions: OpenSource['partitions']
  readonly question: Question<TopQuery>
}
interface AskedRange {
  readonly fromMs: number
  readonly toMs: number
}

export class TopAsker implements Asker<TopAnswer> {
  readonly query: TopQuery
  #asked: Asked | null = null
  #attempt: TopAttempt | null = null

  constructor(query: TopQuery) {
    this.query = query
  }

  get usesLatest(): boolean {
    return usesLatest(this.query.from) || usesLatest(this.query.to)
  }

  attempts(open: OpenSource, clocks: Clocks): (() => TopAttempt)[] {
    if (this.#asked?.partitions !== open.partitions) {
      this.#asked = { partitions: open.partitions, question: ask(this.query, open.source) }
      this.#attempt = null
    }
    const { question, partitions } = this.#asked
    const range = { fromMs: resolveTime(this.query.from, clocks), toMs: resolveTime(this.query.to, clocks) }
    if (range.fromMs >= range.toMs)
      throw badParam(
        'from',
        `the range is empty: from (${shownTime(range.fromMs)}) is not before to (${shownTime(range.toMs)})`,
      )
    const tilings = tilingsOf(
      open.source.intervals,
      { ...range, compare: this.query.compare !== null },
      clocks.clockMs,
    )
    if (tilings.length === 0)
      throw new ProblemError(
        'range_too_long',
        'the range has too many windows of every interval that is kept',
        [{ pointer: '/from', detail: 'ask for a shorter range' }],
      )
    return tilings.map((tiling) => () => {
      if (this.#attempt === null || this.#attempt.isWorn)
        this.#attempt = new TopAttempt(question, partitions.length)
      this.#attempt.moveTo(tiling, range)
      return this.#attempt
    })
  }

  forget(): void {
    this.#attempt = null
  }
}

class TopAttempt implements Attempt<TopAnswer> {
  readonly #question: Question<TopQuery>
  readonly #numbering = new Numbering()
  readonly #now: RangeCells
  readonly #before: RangeCells
  readonly #join: ((parts: readonly (readonly string[])[]) => readonly string[])[]
  #tiling: Tiling = { fromMs: 0, toMs: 0, runs: [], previous: null }
  #asked: AskedRange = { fromMs: 0, toMs: 0 }

  constructor(question: Question<TopQuery>, partitions: number) {
    this.#question = question
    this.#now = new RangeCells(question, this.#numbering, partitions)
    this.#before = new RangeCells(question, this.#numbering, partitions)
    this.#join = Array.from({ length: partitions }, joiner)
  }

  get isWorn(): boolean {
    return this.#numbering.isWorn
  }

  moveTo(tiling: Tiling, asked: AskedRange): void {
    this.#tiling = tiling
    this.#asked = asked
    this.#now.moveTo(tiling.runs)
    this.#before.moveTo(tiling.previous?.runs ?? [])
  }

  wanted(partition: number, held: Hashes): readonly string[] {
    return this.#join[partition]!([this.#now.wanted(partition, held), this.#before.wanted(partition, held)])
  }

  fold(partition: number, held: Hashes, marks: Marks): void {
    this.#now.fold(partition, held, marks)
    this.#before.fold(partition, held, marks)
  }

  lose(partition: number): void {
    this.#now.lose(partition)
    this.#before.lose(partition)
  }

  finish(standing: SourceStanding, nowMs: number): TopAnswer {
    const { query, source } = this.#question
    const { fromMs, toMs, runs, previous } = this.#tiling
    const provenance = provenanceOf(standing, nowMs)
    const now = this.#now.sum(provenance)
    const before = this.#before.sum(provenance)
    const isBeforeKnown =
      previous !== null &&
      previous.runs !== null &&
      before.isKnown &&
      (provenance.sinceMs ?? Infinity) <= previous.fromMs
    const ranked = new Ranking(
      this.#question,
      this.#numbering.names,
      now,
      isBeforeKnown ? before.parts : null,
    ).of(now.parts)
    const used = new Set([...runs, ...(previous?.runs ?? [])].map(({ interval }) => interval.name))
    return {
      ...ranked,
      meta: {
        ...provenance,
        source: source.name,
        metric: shownMetric(this.#question),
        by: query.by.join('+'),
        fromMs,
        toMs,
        askedFromMs: this.#asked.fromMs,
        askedToMs: this.#asked.toMs,
        previous:
          previous === null ? null : { fromMs: previous.fromMs, toMs: previous.toMs, known: isBeforeKnown },
        intervals: source.intervals.flatMap(({ name }) => (used.has(name) ? name : [])),
        rowsTotal: ranked.rows.length + (ranked.others?.count ?? 0),
        ...leftOutNotes(together(now.leftOut, before.leftOut ?? undefined, this.#question.parts)),
      },
    }
  }
}
