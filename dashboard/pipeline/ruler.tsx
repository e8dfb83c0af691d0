/** Where the milliseconds go, from Kafka to this screen: a bar for each source, its parts in the order of the way. */
import type { JSX } from 'preact'
import { latency } from '../stream/latency.ts'
import { second } from '../state/clock.ts'
import { fixed, milliseconds } from '../format/format.ts'
import { words } from '../format/names.ts'
import { lengthOf, parts, rulerRows, scaleOf, type RulerRow } from './ruler-parts.ts'
import { StatusChip } from './status-chip.tsx'
import { status } from './status-polling.ts'

/** Tenths below ten: what takes less than a millisecond is there all the same. */
const brief = (ms: number | null): string => (ms === null ? '–' : fixed(ms, ms < 10 ? 1 : 0))

function Bar({ row, scale }: { row: RulerRow; scale: number }): JSX.Element {
  const at = (ms: number): number => Math.min(1, ms / scale)
  const { p50Ms, p99Ms } = row
  let from = 0
  return (
    <div
      class="ruler"
      role="img"
      aria-label={
        p50Ms === null || p99Ms === null
          ? `${words(row.source)}: no frame was sent yet`
          : `${words(row.source)}: to the frame ${milliseconds(p50Ms)}, 99 of 100 within ${milliseconds(p99Ms)}`
      }
    >
      <div class="track" />
      {parts.map(({ name, colour }, i) => {
        const ms = row.medians[i] ?? 0
        const begin = from
        from += ms
        return (
          <span
            key={name}
            class={`st ${colour}`}
            data-part={name}
            style={{ transform: `translateX(${at(begin) * 100}%) scaleX(${at(ms)})` }}
          />
        )
      })}
      {p50Ms !== null && <span class="hand" style={{ transform: `translateX(${at(p50Ms) * 100}%)` }} />}
      {p99Ms !== null && p99Ms < scale && p99Ms > (p50Ms ?? 0) && (
        <span class="hand thin" style={{ transform: `translateX(${at(p99Ms) * 100}%)` }} />
      )}
    </div>
  )
}

function Rows({ rows }: { rows: readonly RulerRow[] }): JSX.Element {
  const scale = scaleOf(Math.max(...rows.map(lengthOf)))
  return (
    <>
      {rows.map((row) => (
        <div class="ruler-row" key={row.source}>
          <span class="nm">{words(row.source)}</span>
          <Bar row={row} scale={scale} />
        </div>
      ))}
      <div class="ruler-row" aria-hidden="true">
        <span class="nm" />
        <div class="ruler-axis">
          {[0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => (
            <span
              key={share}
              class="tl"
              style={{ left: `${share * 100}%` }}
              data-end={share === 0 ? 'first' : share === 1 ? 'last' : undefined}
            >
              {share === 0 || share === 1 ? milliseconds(share * scale) : fixed(share * scale, 0)}
            </span>
          ))}
        </div>
      </div>
      <table class="rows ruler-parts">
        <caption class="sr">What each part of a record's way takes</caption>
        <thead>
          <tr>
            <th scope="col">Medians, ms</th>
            {rows.map(({ source }) => (
              <th scope="col" class="r" key={source}>
                {words(source)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map(({ name, title, colour }, i) => (
            <tr key={name}>
              <td>
                <span class={`key ${colour}`} />
                {title}
              </td>
              {rows.map(({ source, medians }) => (
                <td class="r" key={source}>
                  {brief(medians[i] ?? null)}
                </td>
              ))}
            </tr>
          ))}
          {(['p50Ms', 'p99Ms'] as const).map((quantile) => (
            <tr class={quantile === 'p50Ms' ? 'total' : ''} key={quantile}>
              <td>{quantile === 'p50Ms' ? 'from Kafka to the frame' : '99 of 100 frames within'}</td>
              {rows.map((row) => (
                <td class="r" key={row.source}>
                  {brief(row[quantile])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

export function Ruler(): JSX.Element {
  void second.value
  const drawn = latency()
  const rows = rulerRows(status.value?.sources ?? [], drawn?.screenMs ?? null)
  return (
    <section class="panel w12" data-panel="ruler" aria-label="From the log to this screen">
      <div class="ph">
        <h2>From the log to this screen</h2>
        <span class="unit">where the milliseconds go: what live answers took, last minute</span>
        <StatusChip />
      </div>
      {rows.length === 0 ? <p class="i3 none ruler-wait">no frame was sent yet</p> : <Rows rows={rows} />}
    </section>
  )
}
