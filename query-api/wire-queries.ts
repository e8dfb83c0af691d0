/** What may be asked, as types: the parameters of each endpoint, from the schemas that check them. Types only. */
import type { z } from 'zod'
import type { funnelShape, sessionsShape } from './language/facts-query.ts'
import type { journeysShape } from './language/journeys-query.ts'
import type { retentionShape } from './language/retention-query.ts'
import type { seriesShape, topShape } from './language/query.ts'
import type { entitiesShape, knownValuesShape, rowsShape, tailShape } from './language/rows-query.ts'

/** A parameter as a program has it, before it is text: one of a few words, or a text, a number, several texts (joined by commas, or repeated). */
type Given<T> = string extends T
  ? string | number | readonly string[]
  : T extends readonly unknown[]
    ? string | readonly string[]
    : T

type Input<S extends z.core.$ZodLooseShape> = z.input<z.ZodObject<S>>
/** What may be left out may be undefined too. */
type Left<T, K extends keyof T> = Record<never, never> extends Pick<T, K> ? undefined : never

export type Parameters<S extends z.core.$ZodLooseShape> = {
  readonly [K in keyof Input<S>]: Given<Input<S>[K]> | Left<Input<S>, K>
}

export type SeriesParameters = Parameters<typeof seriesShape>
export type TopParameters = Parameters<typeof topShape>
export type SessionsParameters = Parameters<typeof sessionsShape>
export type FunnelParameters = Parameters<typeof funnelShape>
export type JourneysParameters = Parameters<typeof journeysShape>
export type RetentionParameters = Parameters<typeof retentionShape>
export type EntitiesParameters = Parameters<typeof entitiesShape>
export type TailParameters = Parameters<typeof tailShape>
export type RejectsParameters = Parameters<typeof rowsShape>
export type KnownValuesParameters = Parameters<typeof knownValuesShape>

/** What asks one source, by the name that live streams and `POST /v1/query` give it. */
export interface ParametersOf {
  readonly series: SeriesParameters
  readonly top: TopParameters
  readonly sessions: SessionsParameters
  readonly funnel: FunnelParameters
  readonly journeys: JourneysParameters
  readonly retention: RetentionParameters
  readonly entities: EntitiesParameters
  readonly events: TailParameters
  readonly rejects: RejectsParameters
  readonly 'meta/known-values': KnownValuesParameters
}
