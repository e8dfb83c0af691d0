/** Waiting out what passes by itself, at a start: brokers learn one after the other of a topic that was just made, and a busy cluster takes tens of seconds for it. */
import { LogError } from './errors.ts'

const PAUSE_MS = 500
const SAY_EVERY_MS = 10_000

export interface Patience {
  withinMs: number
  /** The topic is known to be there: that a broker does not know it passes. */
  topicIsThere?: boolean
  /** Told now and then what is waited for. */
  say?: (line: string) => void
}

/** Tries until it succeeds, fails for good, or the time is over; then the last error says how long it was tried. */
export async function outlast<T>(
  act: () => Promise<T>,
  { withinMs, topicIsThere = false, say }: Patience,
): Promise<T> {
  const startedAtMs = Date.now()
  for (let sayAtMs = 0; ; await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof LogError) || !(error.retry || (topicIsThere && error.code === 'TOPIC_UNKNOWN')))
        throw error
      const triedMs = Date.now() - startedAtMs
      if (triedMs >= withinMs)
        throw new LogError(error.code, `${error.detail} (asked for ${Math.round(triedMs / 1000)} s)`, error)
      if (triedMs < sayAtMs) continue
      sayAtMs = triedMs + SAY_EVERY_MS
      say?.(`${error.message}; asking on`)
    }
  }
}
