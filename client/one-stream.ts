/** One stream of `/v1/live`, from its first word to its last. It carries what is wanted, and follows when that changes. */
import { ApiError, bodyOf } from './api-error.ts'
import type { ConnectionOptions } from './connection.ts'
import { readFrames, type Frame } from './frames.ts'
import { Places } from './places.ts'
import { queryString } from './query-text.ts'

/** The API reads an address of at most 15,000 letters; what does not fit is asked for as soon as the stream has a name. */
const LONGEST_ADDRESS = 14_000

/** The stream is in another process than the one that heard of a change: a new stream has all of it. */
export class StreamMoved extends Error {}

export class OneStream {
  readonly #options: Pick<ConnectionOptions, 'base' | 'fetch'>
  readonly #wanted: ReadonlyMap<number, string>
  readonly #ended = new AbortController()
  readonly #places: Places

  /** `wanted` is read again by {@link follow}. */
  constructor(options: Pick<ConnectionOptions, 'base' | 'fetch'>, wanted: ReadonlyMap<number, string>) {
    this.#options = options
    this.#wanted = wanted
    this.#places = new Places(wanted, fitting(wanted), (change) => this.#change(change))
  }

  /** Hands over every frame with the places of this stream, until it ends or breaks: then it throws. `cursor` may be empty. */
  async run(cursor: string, take: (frame: Frame, places: Places) => void): Promise<never> {
    const { signal } = this.#ended
    const q = this.#places.first.map((one) => this.#wanted.get(one)!)
    const response = await this.#fetch(`?${queryString({ q, cursor })}`, {
      headers: { accept: 'text/event-stream' },
    })
    if (!response.ok || response.body === null) throw new ApiError(response.status, await bodyOf(response))
    await readFrames(response.body, (frame) => take(frame, this.#places), signal)
    throw new Error('the stream ended')
  }

  /** What is wanted is other than it was. */
  follow(): void {
    this.#places.follow()
  }

  end(reason: unknown): void {
    this.#ended.abort(reason)
  }

  async #change(change: object): Promise<void> {
    try {
      const response = await this.#fetch('', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(change),
      })
      if (response.ok) return
      const error = new ApiError(response.status, await bodyOf(response))
      this.end(response.status === 404 ? new StreamMoved(error.message) : error)
    } catch (error) {
      this.end(error)
    }
  }

  #fetch(search: string, init: RequestInit): Promise<Response> {
    const { base = '', fetch: given = fetch } = this.#options
    return given(`${base}/v1/live${search}`, { ...init, signal: this.#ended.signal })
  }
}

/** Those of the first that one address holds. */
function fitting(wanted: ReadonlyMap<number, string>): number[] {
  let length = 0
  return [...wanted].flatMap(([q, text]) =>
    (length += 3 + encodeURIComponent(text).length) > LONGEST_ADDRESS ? [] : q,
  )
}
