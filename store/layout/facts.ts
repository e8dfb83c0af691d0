/**
 * What continues facts. `facts:<fact>`, a hash: entity to what is remembered of it (model/sessions/session.ts, model/funnels/attempts.ts, model/journeys/trail.ts). `entities:<fact>`, a hash that the feed
 * tells of: a sample of the entities that had such facts, JSON `["<place>"]` to the hash of the one that has it, and 1 (model/entity-sample.ts).
 */
export const factsSuffix = (fact: string): string => `facts:${fact}`
export const entitiesSuffix = (fact: string): string => `entities:${fact}`

export const sampleField = (place: number): string => JSON.stringify([String(place)])

/** Null where it is none. */
export function placeOfSample(field: string): number | null {
  const [, place] = /^\["(\d{1,3})"\]$/.exec(field) ?? []
  return place === undefined ? null : Number(place)
}
