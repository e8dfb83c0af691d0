/** What nobody waits for takes the processor that others leave. */
import { getPriority, setPriority } from 'node:os'

/** As `nice -n 10`. */
const LOW = 10

export function giveWay(): void {
  try {
    if (getPriority() < LOW) setPriority(LOW)
  } catch {
    // a system that does not let it
  }
}
