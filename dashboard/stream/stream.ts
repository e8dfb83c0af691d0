/** The stream behind the page: opened and closed by us, its frames parsed and handed on. It decides nothing. */
import type { Frame } from '../../client/frames.ts'
import { OneStream, StreamMoved } from '../../client/one-stream.ts'
import type { Places } from '../../client/places.ts'
import type {
  LiveBehind,
  LiveHeartbeat,
  LiveError,
  LivePatch,
  LiveProgress,
  LiveReset,
} from '../../query-api/wire.ts'

/** Of each, `q` is the page's own number of the query. */
export interface Frames {
  reset(frame: LiveReset): void
  patch(frame: LivePatch): void
  problem(frame: LiveError): void
  /** The log is read for the first answer: how far. */
  progress(frame: LiveProgress): void
  /** The API has counted less than the page saw, and holds its numbers back. */
  behind(frame: LiveBehind): void
  beat(frame: LiveHeartbeat): void
  /** All frames up to this one were handed on: where another stream may go on. */
  passed(cursor: string): void
  /** The connection broke, or sent what cannot be read; `isMoved`: another process heard what was asked of this one. */
  failed(isMoved: boolean): void
}

export interface OpenStream {
  /** What is wanted changed. */
  follow(): void
  /** After closing nothing more is handed on. */
  close(): void
}

/** Opens a stream with what is wanted, query texts by number; `cursor` says where one before it was, empty where it begins anew. */
export function openStream(wanted: ReadonlyMap<number, string>, cursor: string, frames: Frames): OpenStream {
  const stream = new OneStream({}, wanted)
  let isClosed = false
  const close = (): void => {
    isClosed = true
    stream.end(new Error('closed'))
  }
  const take = (frame: Frame, places: Places): void => {
    if (isClosed) return
    hand(frame, places, frames)
    if (!isClosed && frame.id !== undefined) frames.passed(frame.id)
  }
  stream.run(cursor, take).catch((error: unknown) => {
    if (isClosed) return
    close()
    frames.failed(error instanceof StreamMoved)
  })
  return { follow: () => stream.follow(), close }
}

/** Throws where it cannot be read. */
function hand({ event, data }: Frame, places: Places, frames: Frames): void {
  const said = JSON.parse(data) as unknown
  if (event === 'beat') {
    const beat = said as LiveHeartbeat
    if (beat.stream !== undefined) places.named(beat.stream)
    return frames.beat(beat)
  }
  const q = places.of((said as { q: number }).q)
  if (q === undefined) return
  const own = Object.assign(said as object, { q })
  if (event === 'reset') frames.reset(own as LiveReset)
  else if (event === 'patch') frames.patch(own as LivePatch)
  else if (event === 'error') frames.problem(own as LiveError)
  else if (event === 'progress') frames.progress(own as LiveProgress)
  else if (event === 'behind') frames.behind(own as LiveBehind)
}
