/** What an answer says of itself beside its numbers: what is in doubt, and what it rests on. Grafana shows both. */
import type { Asked } from './evaluate.ts'

/** Later than this is worth a warning; a moment is not. */
const LATE_MS = 10_000

export interface Notes {
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

export function notesOn(asked: readonly Asked[]): Notes {
  const warnings = new Set<string>()
  const infos = new Set<string>()
  for (const one of asked) {
    for (const doubt of doubtsOf(one)) warnings.add(doubt)
    const { asOfMs, vector, behindRecords } = one.answer.meta
    const upTo = asOfMs === null ? 'nothing is known' : `known up to ${new Date(asOfMs).toISOString()}`
    const waiting = behindRecords > 0 ? `, ${behindRecords} records wait` : ''
    infos.add(`${one.query.source}: ${upTo}${waiting}, offsets ${JSON.stringify(vector)}`)
  }
  return { warnings: [...warnings], infos: [...infos] }
}

function doubtsOf({ answer: { meta }, query: { source, limit } }: Asked): string[] {
  const doubts: string[] = []
  if (meta.complete < 1)
    doubts.push(`${source}: ${Math.floor(meta.complete * 1000) / 10} % of its partitions are counted`)
  if ((meta.lagMs ?? 0) > LATE_MS)
    doubts.push(
      `${source}: counted up to ${Math.round(meta.lagMs! / 1000)} s ago, ${meta.behindRecords} records wait`,
    )
  if (meta.rebuilding !== undefined) doubts.push(`${source}: a newer definition is being counted`)
  if (meta.seriesTotal > limit)
    doubts.push(`${source}: the ${limit} series with the most of ${meta.seriesTotal} are here`)
  if (meta.approximate !== undefined)
    doubts.push(
      `${source}: values are off by up to ${meta.approximate.relative * 100} % (${meta.approximate.is})`,
    )
  if (meta.unnamedLeftOut === true || meta.cutLeftOut === true)
    doubts.push(`${source}: events without a name that a matcher could judge are left out`)
  return doubts
}
