/** `readings:<metric>`: the latest readings of each series of a metric that goes by series, a hash: series (a JSON list of values) -> its readings. */
export const readingsSuffix = (metric: string): string => `readings:${metric}`
