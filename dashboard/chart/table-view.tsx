/** The numbers of a chart as a table, newest first: what the plot shows, to the digit. */
import type { JSX } from 'preact'
import { clockTime, fixed } from '../say/format.ts'
import type { ChartModel } from '../series/chart-model.ts'

export function TableView({ model, caption }: { model: ChartModel; caption: string }): JSX.Element {
  const lines = [...model.lines, model.total]
  const rows = model.endsMs.map((_, i) => i).toReversed()
  return (
    <div class="numbers" tabIndex={0} role="region" aria-label={caption}>
      <table class="rows">
        <thead>
          <tr>
            <th>From</th>
            {lines.map((line) => (
              <th key={line.key} class="r">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={i} data-start={model.startsMs[i]}>
              <td>{clockTime(model.startsMs[i]!)}</td>
              {lines.map((line) => (
                <td key={line.key} class="r" data-value={line.values[i] ?? undefined}>
                  {line.values[i] === null || line.values[i] === undefined ? 'no data' : fixed(line.values[i], 2)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
