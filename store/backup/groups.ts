/** Which keys belong together: those of a partition, whose values and offset are of one moment, and all others. */

export const REST = 'rest'

/** `SOURCE.PARTITION`, or {@link REST}. */
export function groupOf(key: string): string {
  const [, source, partition] = /^tm:\{([^{}/]+)\/(\d+)~[^{}]*\}:/.exec(key) ?? []
  return source === undefined ? REST : `${source}.${partition}`
}

export const isPos = (key: string): boolean => /\}:g\d+:pos$/.test(key)

/** Whose `pos` is there is there whole: it comes last. A scan may name a key twice. */
export function inOrder(keys: Iterable<string>): string[] {
  return [...new Set(keys)].sort((a, b) => Number(isPos(a)) - Number(isPos(b)))
}

/** Of a part's file: `NODE-GROUP-N.part`. */
export const groupOfFile = (file: string): string => /^\d+-(.*)-\d+\.part$/.exec(file)?.[1] ?? REST
