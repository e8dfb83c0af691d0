/** What the endpoints of Prometheus take, from a query string or a form. */
import { badParam } from '../problem.ts'
import { durationOf } from './promql.ts'

/** More steps than this are more than any screen shows; Prometheus has the same limit. */
const MAX_STEPS = 11_000
/** What an instant query without a range is over, as long as Prometheus looks back. */
export const LOOK_BACK_MS = 300_000
const LAST_S = 253_402_300_799

export type Params = URLSearchParams

/** Unix seconds, or RFC 3339; ms. Throws bad_request. */
export function timeParam(params: Params, name: string, otherwiseMs: number | null): number {
  const text = params.get(name)
  if (text === null || text === '') {
    if (otherwiseMs !== null) return otherwiseMs
    throw badParam(name, 'missing; seconds since 1970, or a time such as 2026-03-01T12:00:00Z')
  }
  const seconds = /^-?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Date.parse(text) / 1000
  if (!(seconds >= 0 && seconds <= LAST_S))
    throw badParam(name, `${text} is no time; seconds since 1970, or a time such as 2026-03-01T12:00:00Z`)
  return Math.round(seconds * 1000)
}

/** From start to end, both included. Throws bad_request. */
export function stepsParam(params: Params): { stepsMs: number[]; stepMs: number } {
  const startMs = timeParam(params, 'start', null)
  const endMs = timeParam(params, 'end', null)
  const stepMs = stepOf(params.get('step') ?? '')
  if (endMs < startMs) throw badParam('end', 'before start')
  const count = Math.floor((endMs - startMs) / stepMs) + 1
  if (count > MAX_STEPS)
    throw badParam('step', `${count} steps are more than the ${MAX_STEPS} that are answered`)
  return { stepsMs: Array.from({ length: count }, (_, step) => startMs + step * stepMs), stepMs }
}

function stepOf(text: string): number {
  if (text === '') throw badParam('step', 'missing; seconds, or a duration such as 1m')
  const stepMs = text.startsWith('-') ? 0 : durationOf(text, 'step')
  if (stepMs <= 0) throw badParam('step', 'longer than nothing')
  return stepMs
}

export function limitParam(params: Params, most: number): number {
  const text = params.get('limit')
  if (text === null || text === '' || text === '0') return most
  if (!/^\d{1,9}$/.test(text)) throw badParam('limit', 'a whole number')
  return Math.min(most, Number(text))
}
