/** The legend is a table: name, last (or the value at the cursor), min, max, mean. A click shows one series alone. */
import type { JSX } from 'preact'
import { rowsOf, type ChartModel, type Line } from '../series/chart-model.ts'
import { Name } from '../ui/name.tsx'
import type { ChartKind } from './scenes.ts'

interface Props {
  readonly model: ChartModel
  readonly kind: ChartKind
  /** Head of the first column. */
  readonly head: string
  /** Index of the point under the cursor, -1 for none. */
  readonly at: number
  readonly solo: string | null
  readonly nearKey: string | null
  /** The stretch before, as the last row. */
  readonly before: Line | null
  readonly say: (value: number) => string
  /** Name, last and mean only. */
  readonly short: boolean
  readonly onSolo: (key: string | null) => void
}

const keyClass = (line: Line, kind: ChartKind): string =>
  line.colour === -1 ? 'key tot' : kind === 'stack' ? 'key' : 'key line'
const colourClass = (line: Line): string =>
  line.colour > 0 ? `s${line.colour}` : line.colour === 0 ? 'so' : 'sum'

export function Legend({
  model,
  kind,
  head,
  at,
  solo,
  nearKey,
  before,
  say,
  short,
  onSolo,
}: Props): JSX.Element {
  // A stack reads from the top down; the total stands under the line, as a sum does.
  const rows = rowsOf(model, kind === 'stack')
  // Of one step that is not over there is no mean yet.
  const soFar = model.openUntilMs !== undefined && (at < 0 || at === model.endsMs.length - 1)
  const means = model.isWhole !== true && !(soFar && model.total.mean === null)
  const cell = (value: number | null | undefined): string =>
    value === null || value === undefined ? 'no data' : say(value)
  const more = (line: Line): JSX.Element => (
    <>
      {!short && <td class="r">{cell(line.min)}</td>}
      {!short && <td class="r">{cell(line.max)}</td>}
      {means && <td class="r">{cell(line.mean)}</td>}
    </>
  )
  // The words for nothing are wider than digits of their number.
  const longest = Math.max(
    ...rows.flatMap(({ last, min, max, mean }) =>
      [last, min, max, mean].map((value) => (value === null ? 9 : say(value).length)),
    ),
  )
  return (
    <table class={`lg${longest > 8 ? ' widest' : longest > 4 ? (means ? ' wide' : ' wide meanless') : ''}`}>
      <caption class="sr">{`${head === '' ? 'All' : head}: ${at < 0 ? 'last value' : 'value at the cursor'}${short ? '' : ', least, greatest'}${means ? ', mean' : ''}`}</caption>
      <thead>
        <tr>
          <th>{head}</th>
          <th class="r">{soFar ? 'so far' : at < 0 ? 'last' : 'here'}</th>
          {!short && <th class="r">min</th>}
          {!short && <th class="r">max</th>}
          {means && <th class="r">mean</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((line, i) => (
          // By place and not by name: a name that rises changes the text of two rows, and moves none.
          <tr
            key={i}
            class={`${colourClass(line)}${nearKey === line.key ? ' near' : ''}${solo !== null && solo !== line.key ? ' off' : ''}`}
            data-key={line.key}
          >
            <td>
              <button
                type="button"
                aria-pressed={solo === line.key}
                title={`Show ${line.name} alone`}
                onClick={() => onSolo(solo === line.key ? null : line.key)}
              >
                <span class={keyClass(line, kind)} />
                <Name text={line.name} />
                {line.atLeast && (
                  <span class="doubt" title="At least: more of it may be among the others.">
                    ≥
                  </span>
                )}
              </button>
            </td>
            <td class="r now" data-cell="last">
              {cell(at < 0 ? line.last : line.values[at])}
            </td>
            {more(line)}
          </tr>
        ))}
        {before !== null && (
          <tr class="prev" data-key="before">
            <td>
              <span class="key dash" />
              {before.name}
            </td>
            <td class="r">{soFar ? 'not yet' : cell(at < 0 ? before.last : before.values[at])}</td>
            {more(before)}
          </tr>
        )}
      </tbody>
    </table>
  )
}
