/** Settings that a flag gives, or the variable in its place: whichever it was is named where the value is wrong. */
import type { FlagValues } from './flags.ts'
import { DEFAULT_KAFKA, readBrokers, readNumber } from './values.ts'

export interface Said {
  readonly text: string | undefined
  /** The flag, or the variable. */
  readonly said: string
}

export function saidBy(values: FlagValues, env: NodeJS.ProcessEnv, flag: string, variable: string): Said {
  const given = values[flag] as string | undefined
  const text = given ?? (env[variable] || undefined)
  return { text, said: given === undefined && text !== undefined ? variable : flag }
}

/** A whole number. */
export function wholeOf(
  { text, said }: Said,
  otherwise: number,
  bounds: { least: number; most?: number },
): number {
  return text === undefined ? otherwise : readNumber(said, text, { ...bounds, whole: true })
}

/** HOST:PORT of each broker. */
export function brokersOf(values: FlagValues, env: NodeJS.ProcessEnv): string[] {
  const { text, said } = saidBy(values, env, 'kafka', 'TIDEMARK_KAFKA')
  return readBrokers(text ?? DEFAULT_KAFKA, said)
}
