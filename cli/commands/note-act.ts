import { hostname, userInfo } from 'node:os'
import type { Store } from '../../store/connection.ts'
import { addEvent } from '../../store/keeper/events.ts'

/** The audit log: an act of a person at this machine. A store that cannot note it is no reason against the act, which is done. */
export async function noteAct(store: Store, text: string): Promise<void> {
  await addEvent(store, { kind: 'act', text, by: `${userName()}@${hostname()}` }).catch(() => {})
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? '?'}`
  }
}
