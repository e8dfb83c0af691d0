/** Facts as the recount folds them, and as we do, in one form. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Source } from '../../model/definition.ts'
import { foldEvents } from './fold-events.ts'

/** Each log is folded in batches of its own sizes, some with a new worker each. */
export async function expectTwins(
  sent: readonly (readonly [source: Source, events: readonly object[]])[],
): Promise<void> {
  const { status, stdout, stderr } = spawnSync(
    'python3',
    ['-B', join(import.meta.dirname, 'facts-twin.py')],
    { input: JSON.stringify(sent), encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 100_000 },
  )
  expect(status, stderr).toBe(0)
  const twins = JSON.parse(stdout) as object[]
  for (const [n, [source, events]] of sent.entries()) {
    const { keys } = await foldEvents(source, events, (batch) => 1 + ((n + batch) % 13), n % 3 === 0)
    expect(factsIn(keys)).toEqual(twins[n])
  }
}

/** Cells, names, what is remembered and the sample, of facts alone. */
function factsIn(keys: ReadonlyMap<string, ReadonlyMap<string, string>>): object {
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
