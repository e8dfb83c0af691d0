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
      series: (right as Extract<Value, { is: 'vector' }>).series.map((one) =>
        named(
          one,
          mapValues(one, (b, step) => judged(left.values[step]!, b, b)),
        ),
      ),
    }
  const pick = pickOf(matching)
  const others = bySignature((right as Extract<Value, { is: 'vector' }>).series, pick, 'right')
  bySignature(left.series, pick, 'left')
  return {
    is: 'vector',
    series: left.series.flatMap((one) => {
      const other = others.get(signature(one.labels, pick))
      if (other === undefined) return []
      const combined = mapValues(one, (a, step) => {
        const b = other.values[step] ?? null
        return b === null ? null : judged(a, b, a)
      })
      const labels = keepsName || matching === null ? one.labels : onlyLabels(one.labels, pick)
      return [{ ...named(one, combined), labels }]
    }),
  }
}

const pickOf = (matching: Binary['matching']): ((label: string) => boolean) =>
  matching === null ? () => true : (label) => matching.labels.includes(label) === matching.on

function bySignature(
  series: readonly VectorSeries[],
  pick: (label: string) => boolean,
  side: string,
): Map<string, VectorSeries> {
  const found = new Map<string, VectorSeries>()
  for (const one of series) {
    const key = signature(one.labels, pick)
    if (found.has(key))
      throw badParam('query', `several series of the ${side} side match one of the other: ${key}`)
    found.set(key, one)
  }
  return found
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
