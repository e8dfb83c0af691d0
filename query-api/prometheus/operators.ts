/** Arithmetic, comparisons and sets between numbers and series, as Prometheus defines them. Pure. */
import { badParam } from '../problem.ts'
import type { Binary } from './expression.ts'
import { mapValues, onlyLabels, signature, type Value, type VectorSeries } from './vector.ts'

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
}
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
}
const SETS = ['and', 'or', 'unless']

/** Throws bad_request where the operator does not take such sides. */
export function combine({ op, isBool, matching }: Binary, left: Value, right: Value): Value {
  const [arithmetic, comparison] = [ARITHMETIC[op], COMPARISONS[op]]
  if (SETS.includes(op)) {
    if (left.is === 'vector' && right.is === 'vector')
      return { is: 'vector', series: setOf(op, matching, left.series, right.series) }
    throw badParam('query', `${op} stands between series`)
  }
  if (arithmetic === undefined && comparison === undefined)
    throw badParam('query', `the operator ${op} is not answered`)
  if (left.is === 'scalar' && right.is === 'scalar') {
    if (comparison !== undefined && !isBool)
      throw badParam('query', `a comparison of two numbers needs bool: ${op} bool`)
    const values = left.values.map((a, step) => {
      const b = right.values[step]!
      return arithmetic === undefined ? Number(comparison!(a, b)) : arithmetic(a, b)
    })
    return { is: 'scalar', values }
  }
  /** What of the side that is kept: `a` is always the left. */
  const judged = (a: number, b: number, kept: number): number | null => {
    if (arithmetic !== undefined) return arithmetic(a, b)
    const holds = comparison!(a, b)
    return isBool ? Number(holds) : holds ? kept : null
  }
  const keepsName = comparison !== undefined && !isBool
  const named = (from: VectorSeries, to: VectorSeries): VectorSeries =>
    keepsName ? { ...to, name: from.name } : to
  if (left.is === 'vector' && right.is === 'scalar')
    return {
      is: 'vector',
      series: left.series.map((one) =>
        named(
          one,
          mapValues(one, (a, step) => judged(a, right.values[step]!, a)),
        ),
      ),
    }
  if (left.is === 'scalar')
    return {
      is: 'vector',
      series: seriesOf(right).map((one) =>
        named(
          one,
          mapValues(one, (b, step) => judged(left.values[step]!, b, b)),
        ),
      ),
    }
  return { is: 'vector', series: pairs(matching, keepsName, left.series, seriesOf(right), judged) }
}

const seriesOf = (value: Value): readonly VectorSeries[] => (value.is === 'vector' ? value.series : [])

const pickOf = (matching: Binary['matching']): ((label: string) => boolean) =>
  matching === null ? () => true : (label) => matching.labels.includes(label) === matching.on

/** Each series of the left side with the one of the other that matches it, step by step: a series that a comparison left out of a step is not there. */
function pairs(
  matching: Binary['matching'],
  keepsName: boolean,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  judged: (a: number, b: number, kept: number) => number | null,
): VectorSeries[] {
  const pick = pickOf(matching)
  const others = groups(right, pick)
  const steps = left[0]?.values.length ?? 0
  const isAt = Array.from({ length: steps }, (_, step) => left.some(({ values }) => values[step] !== null))
  const found = [...others].map(([key, group]): [string, (number | null)[]] => [
    key,
    Array.from({ length: steps }, (_, step) => (isAt[step]! ? onlyAt(group, step, 'right', key) : null)),
  ])
  const matches = new Map(found)
  return [...groups(left, pick)].flatMap(([key, group]) => {
    const other = matches.get(key)
    if (other === undefined) return []
    for (const [step, b] of other.entries()) if (b !== null) onlyAt(group, step, 'left', key)
    const of = (one: VectorSeries): VectorSeries =>
      mapValues(one, (a, step) => {
        const b = other[step] ?? null
        return b === null ? null : judged(a, b, a)
      })
    const named = keepsName && matching?.on !== true
    if (matching === null) return group.map((one) => ({ ...of(one), name: named ? one.name : null }))
    // Of those that share what is compared one is there at a step: they come out as one series.
    const all = group.map(of)
    return [
      {
        name: named ? group[0]!.name : null,
        labels: onlyLabels(group[0]!.labels, pick),
        values: Array.from({ length: steps }, (_, step) =>
          all.reduce<number | null>((value, one) => value ?? one.values[step] ?? null, null),
        ),
      },
    ]
  })
}

/** Throws bad_request where several are there at a step. */
function onlyAt(group: readonly VectorSeries[], step: number, side: string, key: string): number | null {
  const there = group.flatMap(({ values }) => values[step] ?? [])
  if (there.length > 1)
    throw badParam('query', `several series of the ${side} side match one of the other: ${key}`)
  return there[0] ?? null
}

/** Step by step: what is there at one step may not be at the next. */
function setOf(
  op: string,
  matching: Binary['matching'],
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
): VectorSeries[] {
  const pick = pickOf(matching)
  const thereAt = (series: readonly VectorSeries[]): ((key: string, step: number) => boolean) => {
    const there = groups(series, pick)
    return (key, step) => there.get(key)?.some(({ values }) => values[step] !== null) ?? false
  }
  const kept = (one: VectorSeries, keeps: (key: string, step: number) => boolean): VectorSeries => {
    const key = signature(one.labels, pick)
    return { ...one, values: one.values.map((value, step) => (keeps(key, step) ? value : null)) }
  }
  if (op === 'or') {
    const isLeft = thereAt(left)
    return [...left, ...right.map((one) => kept(one, (key, step) => !isLeft(key, step)))]
  }
  const isRight = thereAt(right)
  return left.map((one) => kept(one, (key, step) => isRight(key, step) === (op === 'and')))
}

function groups(
  series: readonly VectorSeries[],
  pick: (label: string) => boolean,
): Map<string, VectorSeries[]> {
  const found = new Map<string, VectorSeries[]>()
  for (const one of series) {
    const key = signature(one.labels, pick)
    found.set(key, [...(found.get(key) ?? []), one])
  }
  return found
}
