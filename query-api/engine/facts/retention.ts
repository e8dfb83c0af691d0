/** Answers `/v1/retention`. */
import type { RetentionRule, RetentionUnit, Source } from '../../../model/definition.ts'
import { factsOf } from '../../../model/facts.ts'
import { periodName, RETENTION_LEFT_OUT } from '../../../model/measures/retention.ts'
import { retentionFactsName } from '../../../model/retention/facts.ts'
import { daysIn } from '../../../model/retention/periods.ts'
import type { RetentionQuery } from '../../language/retention-query.ts'
import { rangeOf, type Clocks } from '../../language/time.ts'
import { badWhere } from '../../language/conditions.ts'
import { badParam, noSuch, ProblemError } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { RetentionAnswer } from '../../wire.ts'
import { PointBudget } from '../plan/budget.ts'
import { asDates, cohortsQuery, PreparedCohorts, zoneOfRule } from './cohorts.ts'
import { inWordsOf } from './facts.ts'
import { FactsExecution } from './facts-execution.ts'
import type { Execution, PreparedQuery } from '../rows/one-snapshot.ts'
import { retentionBody, type AskedRetention } from './retention-body.ts'

const DAY_MS = 86_400_000
/** Of one answer: three years of days. */
const MOST_COHORTS = 1100

interface Prepared extends AskedRetention {
  readonly source: Source
  readonly fact: string
  /** Of the names asked for, and of what is in no cohort, whatever is asked for. */
  readonly cohorts: PreparedCohorts
  readonly leftOut: PreparedCohorts
}

export class PreparedRetention implements PreparedQuery<RetentionAnswer> {
  readonly query: RetentionQuery
  readonly #budget: PointBudget
  #prepared: { of: OpenSource['partitions']; it: Prepared } | null = null
  // As of series: days are put together from what is kept now.
  readonly usesLatest = true

  constructor(query: RetentionQuery, budget = new PointBudget()) {
    this.query = query
    this.#budget = budget
  }

  /** Throws ProblemError. */
  executions(open: OpenSource, clocks: Clocks): (() => Execution<RetentionAnswer>)[] {
    if (this.#prepared?.of !== open.partitions) {
      this.forget()
      this.#prepared = { of: open.partitions, it: this.#prepare(open) }
    }
    const { it } = this.#prepared
    const asked = rangeOf(this.query, clocks)
    const range = asDates(asked, it.zone)
    const count = (range.toMs - range.fromMs) / (daysIn(it.unit) * DAY_MS)
    if (count > MOST_COHORTS) throw tooLong(Math.ceil(count), it.unit)
    const read = { ...open, source: it.source }
    const executions = inWordsOf(splitWords(open.source, it.rule), () =>
      [it.cohorts, it.leftOut].map((one) => one.execution(read, range, clocks)),
    )
    return [
      () =>
        new FactsExecution(it.fact, executions, ([cohorts, leftOut], isTwice) =>
          retentionBody(this.query, it, asked, { cohorts: cohorts!, leftOut: leftOut!, isTwice }),
        ),
    ]
  }

  get keptCells(): number {
    return this.#all.reduce((sum, one) => sum + one.keptCells, 0)
  }

  forget(): void {
    for (const one of this.#all) one.forget()
  }

  get #all(): readonly PreparedCohorts[] {
    return this.#prepared === null ? [] : [this.#prepared.it.cohorts, this.#prepared.it.leftOut]
  }

  #prepare({ source }: OpenSource): Prepared {
    const { query } = this
    const rule = ruleOf(source, query.retention)
    const { unit, periods } = unitOf(rule, query.unit)
    const fact = retentionFactsName(rule.name, unit)
    const zone = zoneOfRule(rule)
    const { read } = factsOf(source).find(({ name }) => name === fact)!
    checkFields(query, read, splitWords(source, rule))
    const figures = Array.from({ length: periods + 1 }, (_, period) => periodName(period))
    const all = { source: query.source, by: [], where: [], limit: 1 }
    const named = cohortsQuery(fact, unit, rule, query)
    const whole = cohortsQuery(fact, unit, rule, all)
    return {
      rule,
      unit,
      periods,
      zone,
      fact,
      source: read,
      cohorts: new PreparedCohorts({ query: named, figures, zone }, this.#budget),
      leftOut: new PreparedCohorts({ query: whole, figures: RETENTION_LEFT_OUT, zone }, this.#budget),
    }
  }
}

/** Throws not_found. */
function ruleOf({ name, retention = [] }: Source, asked: string): RetentionRule {
  const rule = retention.find((one) => one.name === asked)
  if (rule !== undefined) return rule
  throw noSuch(
    'retention',
    retention.length === 0
      ? `${name} has no retention; "retention:" in its definition makes some`
      : `${name} has no retention ${asked}; it has ${retention.map((one) => one.name).join(', ')}`,
  )
}

/** Throws bad_request. */
function unitOf({ name, units }: RetentionRule, asked: RetentionUnit | null): RetentionRule['units'][number] {
  const found = asked === null ? units[0] : units.find(({ unit }) => unit === asked)
  if (found !== undefined) return found
  throw badParam(
    'unit',
    `${name} has cohorts by ${units[0]!.unit} alone; "${asked}s:" in the definition makes those by ${asked}`,
  )
}

/** Cohorts are split by fewer fields than events. Throws bad_request. */
function checkFields({ by, where }: RetentionQuery, { fields }: Source, split: string): void {
  const isKnown = (field: string): boolean => fields.some(({ name }) => name === field)
  if (!by.every(isKnown)) throw badParam('by', split)
  const unknown = where.find(({ field }) => !isKnown(field))
  if (unknown !== undefined) throw badWhere(where, unknown, split)
}

function splitWords(source: Source, { name, by }: RetentionRule): string {
  const known = by.length === 0 ? 'by nothing' : `by ${by.map((one) => one.name).join(', ')}, each by itself`
  return `the retention ${name} of ${source.name} is split ${known}; add what is asked for together to its by: in the definition`
}

function tooLong(count: number, unit: RetentionUnit): ProblemError {
  const detail = `${count} cohorts are more than the ${MOST_COHORTS} that are answered; ask for ${unit === 'day' ? 'unit=week or ' : ''}a shorter range`
  return new ProblemError('range_too_long', detail, [{ pointer: '/from', detail }])
}
