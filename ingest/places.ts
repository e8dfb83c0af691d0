import { Living } from '../model/living.ts'

/** The places of a partition, as its key `living` holds them. */
export interface Places {
  readonly seen: Living
  readonly last: Living
}

/** Fields `s:<day>` and `l:<day>` of `living`. */
export function placesFrom(flat: readonly Buffer[]): Places {
  const days: Record<'s' | 'l', [number, number][]> = { s: [], l: [] }
  for (let at = 0; at < flat.length; at += 2) {
    const [, kind, day] = /^([sl]):(-?\d+)$/.exec(flat[at]!.toString()) ?? []
    if (kind !== undefined) days[kind as 's' | 'l'].push([Number(day), Number(flat[at + 1]!.toString())])
  }
  return { seen: new Living(days.s), last: new Living(days.l) }
}
