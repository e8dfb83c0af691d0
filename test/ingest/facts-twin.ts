/** Facts as the recount folds them, and as the worker does: cells, names, what is remembered and sampled, by key. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Source } from '../../model/definition.ts'
import { foldEvents } from './fold-events.ts'

type Keys = Record<string, Record<string, string>>

/** One after the other, each a log of its own. */
export function recounted(source: Source, logs: readonly (readonly object[])[]): Keys[] {
  const { status, stdout, stderr } = spawnSync(
    'python3',
    ['-B', join(import.meta.dirname, 'facts-twin.py')],
    {
      input: JSON.stringify(logs.map((events) => [source, events])),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      timeout: 100_000,
    },
  )
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as Keys[]
}

/** In batches of changing sizes; every third with a worker that begins anew before each. */
export async function folded(source: Source, events: readonly object[], nth: number): Promise<Keys> {
  const { keys } = await foldEvents(source, events, (batch) => 1 + ((nth + batch) % 13), nth % 3 === 0)
  return Object.fromEntries(
    [...keys]
      .filter(([suffix, fields]) => /^([cn]:[\w-]+\.|(facts|entities):)/.test(suffix) && fields.size > 0)
      .map(([suffix, fields]) => [
        suffix,
        Object.fromEntries(
          [...fields].map(([field, value]) => [
            field,
            /^[ne]/.test(suffix) ? value : Buffer.from(value, 'latin1').toString('hex'),
          ]),
        ),
      ]),
  )
}
