/**
 * What continues sessions. `sessions`, a hash: value of the key to its remembered sessions (model/sessions/session.ts). `entities`, a hash that the feed tells of:
 * a sample of the entities, JSON `["<place>"]` to the hash of the one that has it, and 1 (model/sessions/sample.ts).
 */
export const SESSIONS_SUFFIX = 'sessions'
export const ENTITIES_SUFFIX = 'entities'

export const sampleField = (place: number): string => JSON.stringify([String(place)])

/** Null where it is none. */
export function placeOfSample(field: string): number | null {
  const [, place] = /^\["(\d{1,3})"\]$/.exec(field) ?? []
  return place === undefined ? null : Number(place)
}
