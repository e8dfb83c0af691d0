/** What answers about facts have in common. Pure. */
import type { Bounds, Mispartitioned, Series, SeriesAnswer } from '../../wire.ts'
import type { FactsParts } from './facts.ts'

type Values = readonly (number | null)[]
type Named<T> = T & Pick<Series, 'labels' | 'other' | 'cut'>
interface Windows<T> {
  interval: string
  intervalMs: number
  timesMs: number[]
  toMs: number
  partial?: NonNullable<SeriesAnswer['meta']['partial']>
  names: Named<T>[]
}

/** Series of the same names in the same order, one for each figure; nothing where none were asked for. */
export function windowsOf<T>(
  answers: readonly SeriesAnswer[],
  figuresOf: (values: (number | null)[][]) => T,
  boundsOf: (least: (number | null)[][], most: (number | null)[][]) => object,
): { windows?: Windows<T> } {
  const [first] = answers
  if (first === undefined) return {}
  const { interval, intervalMs, toMs, partial } = first.meta
  return {
    windows: {
      interval,
      intervalMs,
      timesMs: first.timesMs,
      toMs,
      ...(partial !== undefined && { partial }),
      names: first.series.map(({ labels, other, cut, least }, nth) => ({
        labels,
        ...(other !== undefined && { other }),
        ...(cut !== undefined && { cut }),
        ...figuresOf(answers.map(({ series }) => [...(series[nth]!.values as Values)])),
        ...(least !== undefined &&
          boundsOf(
            answers.map(({ series }) => [...((series[nth]!.least ?? series[nth]!.values) as Values)]),
            answers.map(({ series }) => [...((series[nth]!.most ?? series[nth]!.values) as Values)]),
          )),
      })),
    },
  }
}

/** Where there are some. */
export const boundsIn = ({ least, most }: Bounds): Bounds => ({
  ...(least !== undefined && { least }),
  ...(most !== undefined && { most }),
})

/** The last of what is left out are openings by records that are keyed by something else. */
export function mispartitionedNote({ tops, leftOut, isTwice }: FactsParts): {
  mispartitioned?: Mispartitioned
} {
  const keyedOtherwise = leftOut.at(-1)!.total.value ?? 0
  const isSplit = tops[0]!.meta.partitions > 1
  return isTwice || (isSplit && keyedOtherwise > 0)
    ? { mispartitioned: { seenTwice: isTwice, keyedOtherwise } }
    : {}
}
