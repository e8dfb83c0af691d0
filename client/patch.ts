/** What changed, laid over the answer before. Pure. */
import type { LivePatch, SeriesAnswer } from '../query-api/wire.ts'

/** The answer as it is after the patch: what a reader of `/v1/live` does with it. */
export function applyPatch(last: SeriesAnswer, patch: Omit<LivePatch, 'q'>): SeriesAnswer {
  const { others, previous } = last
  const replacedFrom = patch.timesMs[0] ?? Number.POSITIVE_INFINITY
  const kept = last.timesMs.flatMap((time, at) =>
    time >= patch.dropBeforeMs && time < replacedFrom ? [at] : [],
  )
  const timesMs = [...kept.map((at) => last.timesMs[at]!), ...patch.timesMs]
  type Values = readonly (number | null)[]
  /** In the order in which revisions count them. */
  const columns: (number | null)[][] = []
  const joined = (values: Values, news: Values = []): (number | null)[] => {
    const column = [...kept.map((at) => values[at]!), ...news]
    columns.push(column)
    return column
  }
  const answer: SeriesAnswer = {
    timesMs,
    series: last.series.map((one, n) => ({ ...one, values: joined(one.values, patch.values[n]) })),
    ...(others !== undefined &&
      patch.others !== undefined && {
        others: {
          count: patch.others.count,
          values: joined(others.values, patch.others.values),
          ...(others.previous !== undefined && { previous: joined(others.previous, patch.others.previous) }),
        },
      }),
    ...(previous !== undefined && {
      previous: {
        ...previous,
        values: previous.values.map((values, n) => joined(values, patch.previous?.[n])),
      },
    }),
    meta: patch.meta,
  }
  for (const { column, timeMs, is } of patch.revised ?? []) columns[column]![timesMs.indexOf(timeMs)] = is
  return answer
}
