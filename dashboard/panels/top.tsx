import type { JSX } from 'preact'
import { evidenceOf, known, range, waiting } from '../live/page.ts'
import type { SeriesName } from '../live/queries.ts'
import { amount, share } from '../say/format.ts'
import { bars } from '../series/totals.ts'
import { useRank } from './use-rank.ts'
import { Panel } from './panel.tsx'

const most = 6

/** The values of one breakdown with bars: a bar is the background of its row. Places change at most every ten seconds. */
export function Top({ name, title, field, unit }: { name: SeriesName; title: string; field: string; unit: string }): JSX.Element {
  const { answer, problem } = known(name)
  const order = useRank(answer, field)
  const loading = answer === null || waiting(name)
  const all = answer === null ? [] : bars(answer, field)
  const place = new Map(order.map((key, i) => [key, i]))
  const shown = all.sort((a, b) => (place.get(a.key) ?? most) - (place.get(b.key) ?? most)).slice(0, most)
  const greatest = Math.max(1, ...shown.map((bar) => bar.sum))
  return (
    <Panel title={title} unit={`last ${range.value.name}`} width="w4" fresh={answer === null ? null : evidenceOf(name)} name={name}>
      <table class="top-n">
        <thead>
          <tr>
            <th>{title.split(' ').at(-1)!.replace(/^./, (c) => c.toUpperCase())}</th>
            <th class="r">{unit}</th>
            <th class="r">share</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((bar) => (
            <tr key={bar.key} data-key={bar.key} data-value={bar.sum}>
              <td>
                <span class="b" style={{ width: `calc(${((bar.sum / greatest) * 100).toFixed(2)}% + 8px)` }} />
                <span class="t">{bar.name}</span>
              </td>
              <td class="r num">{amount(bar.sum)}</td>
              <td class="r sh">{share(bar.share)}</td>
            </tr>
          ))}
          {loading &&
            problem === null &&
            [72, 56, 40].map((width) => (
              <tr key={width}>
                <td colSpan={3}>
                  <span class="sk" style={{ width: `${width}%`, height: '14px' }} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      {problem !== null && <p class="note">{problem.title}</p>}
      {!loading && problem === null && shown.length === 0 && <p class="i3">no data in the last {range.value.name}</p>}
      {all.length > most && <p class="foot">{amount(Math.max(all.length, answer?.meta.seriesTotal ?? 0) - most)} more</p>}
    </Panel>
  )
}
