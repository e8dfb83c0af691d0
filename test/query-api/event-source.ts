/** A reader of server-sent events as plain as can be: frames by name, a promise for the next that fits. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { applyPatch } from '../../client/patch.ts'
import type { LivePatch, LiveReset, SeriesAnswer } from '../../query-api/wire.ts'

export interface Heard {
  event: string
  data: unknown
}

export class TestEventSource {
  readonly heard: Heard[] = []
  readonly status: Promise<number>
  ended = false
  /** The `id` of the last frame that had one. */
  lastId = ''
  readonly #request: ClientRequest
  #response: IncomingMessage | null = null
  #waiting: (() => void)[] = []
  #text = ''

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#request = request(url, { headers })
    this.status = new Promise((resolve, reject) => {
      this.#request.on('error', (error) => {
        this.ended = true
        this.#wake()
        reject(error)
      })
      this.#request.on('response', (response) => {
        this.#response = response
        resolve(response.statusCode ?? 0)
        response.setEncoding('utf8').on('data', (text: string) => this.#take(text))
        response.on('error', () => undefined)
        response.on('close', () => {
          this.ended = true
          this.#wake()
        })
      })
    })
    this.status.catch(() => undefined)
    this.#request.end()
  }

  #take(text: string): void {
    this.#text += text
    const frames = this.#text.split('\n\n')
    this.#text = frames.pop()!
    for (const frame of frames) {
      const lines = new Map(
        frame
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      this.lastId = lines.get('id') ?? this.lastId
      if (lines.has('event'))
        this.heard.push({ event: lines.get('event')!, data: JSON.parse(lines.get('data')!) })
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves with the first frame from index `after` on that fits; rejects when the stream ends before. */
  async until(fits: (heard: Heard) => boolean, after = 0): Promise<Heard> {
    for (;;) {
      const found = this.heard.slice(after).find(fits)
      if (found) return found
      if (this.ended)
        throw new Error(`the stream ended after ${this.heard.map(({ event }) => event).join(' ')}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** The answer of query `q` that its frames add up to, as a page would have it; laid over what it had before. */
  answer(q: number, before: SeriesAnswer | null = null): SeriesAnswer | null {
    let now = before
    for (const { event, data } of this.heard) {
      if (event === 'reset' && (data as LiveReset).q === q) now = (data as LiveReset).answer as SeriesAnswer
      if (event === 'patch' && (data as LivePatch).q === q) now = applyPatch(now!, data as LivePatch)
    }
    return now
  }

  /** Reads no more, as a stalled tab does. */
  stall(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  close(): void {
    this.#request.destroy()
  }
}
