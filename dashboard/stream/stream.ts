/** The EventSource behind the page: opened and closed by us, its frames parsed and handed on. It decides nothing. */
import type {
  LiveHeartbeat,
  LiveError,
  LivePart,
  LivePatch,
  LiveProgress,
  LiveReset,
} from '../../query-api/wire.ts'

export interface Frames {
  reset(frame: LiveReset): void
  patch(frame: LivePatch): void
  problem(frame: LiveError): void
  /** The log is read for the first answer: how far. */
  progress(frame: LiveProgress): void
  /** What comes out of the part that is read. */
  part(frame: LivePart): void
  beat(frame: LiveHeartbeat): void
  /** The connection broke, or sent what cannot be read. */
  failed(): void
}

/** Opens the stream at `address`; answers how to close it. After closing nothing more is handed on. */
export function openStream(address: string, frames: Frames): () => void {
  const source = new EventSource(address)
  const close = (): void => source.close()
  const fail = (): void => {
    close()
    frames.failed()
  }
  const on = <T>(name: string, take: (frame: T) => void): void =>
    source.addEventListener(name, (event) => {
      // The stream's own failure has the same name as the API's error frames, but is no message.
      if (!(event instanceof MessageEvent)) return fail()
      let frame: T
      try {
        frame = JSON.parse(String(event.data)) as T
      } catch {
        return fail()
      }
      take(frame)
    })
  on<LiveReset>('reset', frames.reset)
  on<LivePatch>('patch', frames.patch)
  on<LiveHeartbeat>('beat', frames.beat)
  on<LiveError>('error', frames.problem)
  on<LiveProgress>('progress', frames.progress)
  on<LivePart>('part', frames.part)
  return close
}
