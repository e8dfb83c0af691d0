/** Sources for tests of the fold, as a definition file would give them. */
import { readDefinition } from '../../model/definition-file.ts'
import type { Source } from '../../model/definition.ts'

export function sourceOf(
  source: object,
  keep: Record<string, string> = { '1s': '45m', '1m': '2d', '1h': '90d' },
): Source {
  return readDefinition({ sources: { s: source }, keep })[0]!
}
