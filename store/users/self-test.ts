/** Whether the user that a process came in as may do its work, tried before the work begins: what is missing is said at once and in one sentence, not by a fault at night. */
import { randomUUID } from 'node:crypto'
import { storeError, StoreError } from '../errors.ts'
import { probes, type Role } from './roles.ts'

interface Asked {
  pipeline(commands: readonly (readonly [string, ...string[]])[]): Promise<unknown>
}

/** Throws StoreError STORE_NOT_ALLOWED naming what is missing. Other errors of the store come as they are. */
export async function testRights(store: Asked, role: Role): Promise<void> {
  const key = `${role === 'app' ? 'app' : 'tm'}:{self-test ${randomUUID()}}`
  const missing: string[] = []
  for (const probe of probes[role](key)) {
    try {
      await store.pipeline([probe as [string, ...string[]]])
    } catch (cause) {
      const error = cause instanceof StoreError ? cause : storeError(cause)
      if (error.code !== 'STORE_NOT_ALLOWED') throw error
      missing.push(probe[0]!.toLowerCase())
    }
  }
  if (missing.length > 0)
    throw new StoreError(
      'STORE_NOT_ALLOWED',
      `it lacks ${[...new Set(missing)].join(', ')} on its keys; tidemark store users --role ${role} prints what ${role} needs`,
    )
}
