/** How large one answer, and all that are looked at together, may be: judged by all its lists times points, before the values are spread out. */
import type { Interval } from '../../../model/definition.ts'
import { ProblemError } from '../../problem.ts'

/** Values of one answer over HTTP, of all answers of one `POST /v1/query`; what is compared with counts too. */
export const MAX_ANSWER_POINTS = 500_000
/** Of one live query, kept and compared as long as somebody looks. */
export const MAX_LIVE_POINTS = 100_000
/** Of all live queries of a process; half of it is for those of at most {@link SMALL_LIVE_POINTS}, as pages ask for them. */
export const MAX_LIVE_POINTS_ALL = 4_000_000
export const SMALL_LIVE_POINTS = 20_000
/** Text of one answer as rows or CSV, which repeat names and times with every value. */
export const MAX_TEXT_BYTES = 32 * 2 ** 20

/** Chunks one answer may touch, over all partitions: about a million cells. */
export const MAX_CHUNKS = 8192

export interface Size {
  readonly series: number
  readonly windows: number
  /** 2 where each value stands beside the one before. */
  readonly ranges: number
  /** One more list a range for what is past the limit. */
  readonly hasOthers?: boolean
  /** Two more lists a series: the least and the most that it may be. */
  readonly isBounded?: boolean
  readonly interval: Interval
  readonly intervals: readonly Interval[]
}

/** Points that several answers share. Each takes its own anew whenever it is answered. */
export class PointBudget {
  readonly #most: number
  readonly #mostEach: number
  readonly #taken = new Map<object, number>()
  #sum = 0

  constructor(most = MAX_ANSWER_POINTS, mostEach = most) {
    this.#most = most
    this.#mostEach = mostEach
  }

  /** Throws answer_too_large, or too_busy where one alone would have fitted beside fewer others. */
  take(who: object, size: Size): void {
    const points = pointsOf(size)
    const others = this.#sum - (this.#taken.get(who) ?? 0)
    this.release(who)
    if (points > this.#mostEach) throw tooLarge(size, this.#mostEach, 0)
    const isShared = this.#mostEach < this.#most
    if (others + points > (isShared && points > SMALL_LIVE_POINTS ? this.#most / 2 : this.#most)) {
      if (!isShared) throw tooLarge(size, this.#most, others)
      throw new ProblemError(
        'too_busy',
        `live queries hold ${others} points; ${this.#most} are the limit, and this one has ${points}`,
      )
    }
    this.#taken.set(who, points)
    this.#sum += points
  }

  release(who: object): void {
    this.#sum -= this.#taken.get(who) ?? 0
    this.#taken.delete(who)
  }
}

/** Values of an answer of this size: bounds stand beside values of the range itself only. */
export function pointsOf({
  series,
  windows,
  ranges,
  hasOthers = false,
  isBounded = false,
}: Omit<Size, 'interval' | 'intervals'>): number {
  return windows * (series * listsOf(ranges, isBounded) + (hasOthers ? ranges : 0))
}

const listsOf = (ranges: number, isBounded: boolean): number => ranges + (isBounded ? 2 : 0)

function tooLarge(size: Size, most: number, others: number): ProblemError {
  const { series, windows, ranges, hasOthers = false, isBounded = false, interval, intervals } = size
  const left = most - others
  // With fewer series there are always others.
  const fitting = Math.floor((left / windows - ranges) / listsOf(ranges, isBounded))
  const coarser = intervals.find(
    ({ ms }) =>
      ms > interval.ms && pointsOf({ ...size, windows: Math.ceil((windows * interval.ms) / ms + 1) }) <= left,
  )
  const instead = [
    ...(fitting > 0 ? [`limit=${fitting}`] : []),
    ...(coarser === undefined ? [] : [`interval=${coarser.name}`]),
    'a shorter range',
  ].join(', ')
  const beside = others > 0 ? `; the answers before it in this request have ${others}` : ''
  return new ProblemError(
    'answer_too_large',
    `${series} series${hasOthers ? ' and all others' : ''} x ${windows} points${ranges > 1 ? `, and the ${windows} before` : ''}${isBounded ? ', and the least and most of each' : ''}, are ${pointsOf(size)} values; at most ${most} are answered${beside}. Would fit: ${instead}`,
    [
      {
        pointer: '/limit',
        detail: fitting > 0 ? `at most ${fitting} with this interval and range` : 'ask for fewer points',
      },
    ],
  )
}

export function tooManyCells(what: string, pointer: string, instead: string): ProblemError {
  const detail = `${what} over this range needs more than ${MAX_CHUNKS * 128} cells; ask for ${instead}`
  return new ProblemError('too_many_cells', detail, [{ pointer, detail }])
}
