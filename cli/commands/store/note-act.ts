import { hostname, userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { addEvent } from '../../../store/keeper/events.ts'

/** After an act a connection may have to find the new primary first. */
const PATIENCE_MS = 10_000
const AGAIN_MS = 200

/** The audit log: an act of a person at this machine. A store that cannot note it is no reason against the act, which is done. */
export async function noteAct(store: Store, text: string): Promise<void> {
  const event = { kind: 'act', text, by: `${userName()}@${hostname()}` } as const
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(AGAIN_MS))
    try {
      return await addEvent(store, event)
    } catch (error) {
      if (!(error instanceof StoreError && error.retry) || performance.now() > end) return
    }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? '?'}`
  }
}
