/** What changed, laid over the answer before. Pure. */
import type { LivePatch, SeriesAnswer } from '../query-api/wire.ts'

/** The answer as it is after the patch: what a reader of `/v1/live` does with it. */
export function applyPatch(last: SeriesAnswer, patch: Omit<LivePatch, 'q'>): SeriesAnswer {
  const replacedFrom = patch.timesMs[0] ?? Number.POSITIVE_INFINITY
  const kept = last.timesMs.flatMap((time, at) =>
    time >= patch.dropBeforeMs && time < replacedFrom ? [at] : [],
  )
  const { late } = patch
  const places = new Map(late?.timesMs.map((time, n) => [time, n]))
  type Values = readonly (number | null)[]
  const joined = (values: Values, news: Values, mended: Values | undefined): (number | null)[] => [
    ...kept.map((at) => {
      const place = places.get(last.timesMs[at]!)
      return place === undefined ? values[at]! : mended![place]!
    }),
    ...news,
  ]
  return {
    timesMs: [...kept.map((at) => last.timesMs[at]!), ...patch.timesMs],
    series: last.series.map(({ values, ...name }, n) => ({
      ...name,
      values: joined(values, patch.values[n]!, late?.values[n]),
    })),
    ...(last.previous !== undefined && {
      previous: {
        ...last.previous,
        values: last.previous.values.map((values, n) =>
          joined(values, patch.previous?.[n] ?? [], late?.previous?.[n]),
        ),
      },
    }),
    ...(last.others !== undefined &&
      patch.others !== undefined && {
        others: {
          count: patch.others.count,
          values: joined(last.others.values, patch.others.values, late?.others?.values),
          ...(last.others.previous !== undefined && {
            previous: joined(last.others.previous, patch.others.previous ?? [], late?.others?.previous),
          }),
        },
      }),
    meta: patch.meta,
  }
}
