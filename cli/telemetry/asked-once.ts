import { setTimeout as sleep } from 'node:timers/promises'

/** A scrape waits no longer for what hangs. */
const PATIENCE_MS = 1000
/** All gauges of one scrape look at the same answer. */
const FRESH_MS = 500

/** Asks once for all gauges of a scrape. Null where it fails or takes too long. */
export function askedOnce<T>(ask: () => Promise<T>): () => Promise<T | null> {
  let asked: { atMs: number; answer: Promise<T | null> } | null = null
  return () => {
    if (asked === null || performance.now() - asked.atMs > FRESH_MS)
      asked = { atMs: performance.now(), answer: inTime(ask) }
    return asked.answer
  }
}

async function inTime<T>(ask: () => Promise<T>): Promise<T | null> {
  const patience = new AbortController()
  try {
    return await Promise.race([ask(), sleep(PATIENCE_MS, null, { signal: patience.signal, ref: false })])
  } catch {
    return null
  } finally {
    patience.abort()
  }
}
