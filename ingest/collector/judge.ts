/** Items of a request judged a few at a time: the loop turns in between, and one request is at work at a time, so that many are no worse than one. */
import { setImmediate as turn } from 'node:timers/promises'
import {
  linesOf,
  notJson,
  readItem,
  splitBody,
  toText,
  type Body,
  type Item,
  type MediaType,
} from './body.ts'
import { CollectError } from './errors.ts'

/** A turn of the loop holds it no longer than this, and one event. */
const SLICE_MS = 10
/** Requests that wait for their turn; each holds at most one body. */
const MOST_WAITING = 64

/** `at`: its place in the request, of so many. */
type JudgeItem<T> = (item: Item, at: number, of: number) => T

export class Judge {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** What `judge` makes of each item, in order. Throws CollectError: unreadable, empty, too many, or too busy. */
  async all<T>(body: Buffer, mediaType: MediaType, judge: JudgeItem<T>): Promise<T[]> {
    if (this.#waiting >= MOST_WAITING)
      throw new CollectError('too_busy', `${MOST_WAITING} requests wait to be read; send this one again`)
    this.#waiting++
    const before = this.#last
    const done = before.then(() => judgeAll(body, mediaType, judge)).finally(() => this.#waiting--)
    this.#last = done.catch(() => undefined)
    return done
  }
}

async function judgeAll<T>(bytes: Buffer, mediaType: MediaType, judge: JudgeItem<T>): Promise<T[]> {
  const text = toText(bytes)
  const body = splitBody(text, mediaType)
  await turn()
  const judged = await judgeBody(body, judge)
  return judged ?? (judgeBody(linesOf(text), judge) as Promise<T[]>)
}

/** Null where the body is to be read as lines instead. */
async function judgeBody<T>({ pieces, unreadable }: Body, judge: JudgeItem<T>): Promise<T[] | null> {
  const judged: T[] = []
  let beganMs = performance.now()
  for (const piece of pieces) {
    const item = readItem(piece)
    if ('unreadable' in item && unreadable === 'lines') return null
    if ('unreadable' in item && unreadable === 'refuse')
      throw notJson(pieces.length > 1 ? `event ${judged.length}: ${item.unreadable}` : item.unreadable)
    judged.push(judge(item, judged.length, pieces.length))
    if (performance.now() - beganMs < SLICE_MS) continue
    await turn()
    beganMs = performance.now()
  }
  return judged
}
