/** Processes that leave the processor to others. */
import { getPriority, setPriority } from 'node:os'

/** As `nice -n 10`: what nobody waits for. */
export const LAST = 10
/**
 * As `nice -n 5`, of workers: one that catches up would take every core there is. Whoever asks meanwhile needs few milliseconds of them, and would
 * wait for most of an answer's time (docs/decisions/readers-first.md).
 */
export const BEHIND_READERS = 5

/** A process that already leaves more to others stays so. */
export function giveWay(nice: number): void {
  try {
    if (getPriority() < nice) setPriority(nice)
  } catch {
    // a system that does not let it
  }
}
