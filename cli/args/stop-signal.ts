import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes } from './exit.ts'

/** The first signal: finish the batch in hand. The second one: leave at once. */
export interface Stop {
  stopped: () => boolean
  /** Resolves after `ms`, or as soon as a signal comes. */
  sleep: (ms: number) => Promise<void>
  /** Forgets the signal handlers. */
  release: () => void
}

export function listenForStop(): Stop {
  const aborting = new AbortController()
  const onSignal = () => {
    if (aborting.signal.aborted) process.exit(exitCodes.interrupted)
    aborting.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    stopped: () => aborting.signal.aborted,
    sleep: (ms) => delay(ms, undefined, { signal: aborting.signal }).catch(() => {}),
    release: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}
