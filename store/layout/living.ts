/**
 * `living`: how many entities (`s:<day>`) and latest values (`l:<day>`) a partition remembers by the UTC day of their latest event, a hash. What they are is in
 * `seen`, a sorted set (entity, time in ms of its latest event), and in `last` (last.ts).
 */
export type LivingKind = 's' | 'l'

export const livingField = (kind: LivingKind, day: number): string => `${kind}:${day}`

/** Null where the field is of the other kind, or none of ours. */
export function dayOfLivingField(kind: LivingKind, field: string): number | null {
  const [, found, day] = /^([sl]):(-?\d+)$/.exec(field) ?? []
  return found === kind ? Number(day) : null
}

/** Null where it is no count. */
export function readLivingCount(bytes: Buffer): number | null {
  const text = bytes.toString()
  const count = Number(text)
  return text !== '' && Number.isSafeInteger(count) && count >= 0 ? count : null
}

/** Time of the latest event of an entity, as a score of `seen`; -1 = it is not there. */
export function readSeen(score: Buffer | null): number {
  return score === null ? -1 : Number(score.toString())
}
