/** What a definition says of funnels, spelled out. */
import { durationMs } from './duration.ts'
import type { Place } from './faults.ts'
import type { GivenSource } from './schema.ts'
import { fieldsIn } from '../condition-text.ts'
import type { Need, Report } from './series.ts'
import { readSplit } from './split.ts'
import type { ReadWhere } from './where.ts'
import type { FunnelRule, Source } from '../definition.ts'

const SHORTEST_MS = 1000
const LONGEST_MS = 31 * 86_400_000
const MOST_FUNNELS = 10
const WORDS = { takes: 'a funnel is split by', each: 'every way' }
export const STEPS = { least: 2, most: 8 } as const

export function readFunnels(
  given: GivenSource['funnels'],
  key: string,
  at: Place,
  need: Need,
  readWhere: ReadWhere,
  report: Report,
): FunnelRule[] {
  const funnels = Object.entries(given ?? {})
  if (funnels.length > MOST_FUNNELS)
    report(at, `${funnels.length} funnels; at most ${MOST_FUNNELS} are allowed`)
  return funnels.map(([name, { within, steps, by, budget }]): FunnelRule => {
    const place = [...at, name]
    const withinMs = durationMs(within)
    if (withinMs < SHORTEST_MS || withinMs > LONGEST_MS) report([...place, 'within'], 'a way takes 1s to 31d')
    const named = Object.entries(steps)
    if (named.length < STEPS.least || named.length > STEPS.most)
      report([...place, 'steps'], `${named.length} steps; a funnel has ${STEPS.least} to ${STEPS.most}`)
    return {
      name,
      withinMs,
      steps: named.map(([step, where]) => ({
        name: step,
        where: readWhere(where, [...place, 'steps', step]),
      })),
      by: readSplit(by, key, [...place, 'by'], WORDS, need, report),
      budget,
    }
  })
}

/** Fields of events that funnels ask for. */
export function fieldsOfFunnels({ funnels = [], key }: Source): string[] {
  return funnels.flatMap(({ steps, by }) => [
    key,
    ...steps.flatMap(({ where }) => fieldsIn(where)),
    ...by.flatMap(({ fields }) => fields),
  ])
}
