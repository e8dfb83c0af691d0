/** When a backup is due: by the time of the newest one that is there, so that it matters not who made it; and only inside the maintenance window, where there is one. */
import { timeOfName } from './retention.ts'

export interface Schedule {
  readonly everyMs: number
  /** When one may be begun; null = at any time. */
  readonly mayBegin: ((nowMs: number) => boolean) | null
  readonly now: () => number
  /** Backups that are there, oldest first. */
  readonly names: () => Promise<readonly string[]>
  /** Makes one and restores it once. Answers what to say. */
  readonly make: (stop: AbortSignal) => Promise<string>
  /** Answers what went. */
  readonly dropOutdated: () => Promise<readonly string[]>
  readonly note: (kind: 'backup' | 'backup failed', text: string) => Promise<void>
}

/** After one that failed. */
const AGAIN_AFTER_MS = 5 * 60_000
/** The same failure is told again after so long: who reads what happened has other things to find. */
const TELL_AGAIN_MS = 60 * 60_000

/** Answers one look; throws what failed, once it is noted. One that was stopped has not failed. */
export function scheduled(schedule: Schedule): (stop: AbortSignal) => Promise<void> {
  const { everyMs, mayBegin, now, names, make, dropOutdated, note } = schedule
  let failedMs = -Infinity
  let told = { text: '', atMs: -Infinity }
  return async (stop) => {
    if (mayBegin !== null && !mayBegin(now())) return
    if (now() - failedMs < AGAIN_AFTER_MS) return
    try {
      const newest = (await names()).at(-1)
      if (newest !== undefined && now() - timeOfName(newest) < everyMs) return
      await note('backup', await make(stop))
      told = { text: '', atMs: -Infinity }
      for (const name of await dropOutdated())
        await note('backup', `deleted ${name}, by the rule of what is kept`)
    } catch (error) {
      if (stop.aborted) return
      failedMs = now()
      const text = error instanceof Error ? error.message : String(error)
      if (text !== told.text || now() - told.atMs > TELL_AGAIN_MS) {
        told = { text, atMs: now() }
        await note('backup failed', text)
      }
      throw error
    }
  }
}
