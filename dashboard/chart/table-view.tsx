/** The numbers of a chart as a table, newest first: what the plot shows, to the digit. */
import type { JSX } from 'preact'
import { figures, fixed } from '../format/format.ts'
import { pointName, rowsOf, type ChartModel } from '../series/chart-model.ts'

/** To the second decimal, and small ones to three figures. */
const say = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.1 ? figures(value) : fixed(value, 2)
/** Counts are whole, all of them. */
const areWhole = (lines: ReturnType<typeof rowsOf>): boolean =>
  lines.every(({ values }) => values.every((value) => value == null || Number.isInteger(value)))

export function TableView({ model, caption }: { model: ChartModel; caption: string }): JSX.Element {
  const lines = rowsOf(model)
  const shown = areWhole(lines) ? (value: number): string => fixed(value, 0) : say
  const isOpen = (i: number): boolean => model.openUntilMs !== undefined && i === model.endsMs.length - 1
  const rows = model.endsMs.map((_, i) => i).toReversed()
  return (
    <div class="numbers" tabIndex={0} role="region" aria-label={caption}>
      <table class="rows">
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            <th>From</th>
            {lines.map((line) => (
              <th key={line.key} class="r">
                <bdi>{line.name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={i} data-start={model.startsMs[i]}>
              <td>
                {pointName(model, i)}
                {isOpen(i) && <span class="i3">, so far</span>}
              </td>
              {lines.map((line) => (
                <td key={line.key} class="r" data-value={line.values[i] ?? undefined}>
                  {line.values[i] === null || line.values[i] === undefined
                    ? 'no data'
                    : shown(line.values[i])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
