/** The plot of the memory: solid is what was, dotted over the hatch what it comes to. */
import type { JSX } from 'preact'
import type { StoreMemory } from '../../query-api/wire.ts'
import { bytes, clockMinute, dayOf } from '../format/format.ts'
import { memoryScale } from './memory-scale.ts'

interface Props {
  readonly samples: NonNullable<StoreMemory['samples']>
  readonly forecast: StoreMemory['forecast']
}

const percent = (part: number): string => `${(part * 100).toFixed(2)}%`

export function MemoryChart({ samples, forecast }: Props): JSX.Element {
  const scale = memoryScale(samples, forecast)
  const points = scale.line.map(([x, y]) => `${(x * 1000).toFixed(1)} ${(y * 1000).toFixed(1)}`)
  const [nowX, nowY] = scale.line.at(-1)!
  const now = samples.at(-1)!
  const parts = scale.bands.map(({ part, nowBytes }) => `${part} ${bytes(nowBytes)}`)
  const said = `In use ${bytes(samples[0]!.usedBytes)} at ${clockMinute(scale.fromMs)}, ${bytes(now.usedBytes)} at ${clockMinute(now.atMs)}${scale.forecast === null ? '' : `; forecast ${bytes(scale.forecast.bytes)} at ${clockMinute(scale.forecast.atMs)}`}${parts.length === 0 ? '' : `; now ${parts.join(', ')}`}`
  return (
    <div class="memplot" role="img" aria-label={said} dir="ltr">
      <div class="yl">
        {scale.labels.map(({ bytes: value, y }) => (
          <span key={value} style={{ top: percent(y) }}>
            {bytes(value)}
          </span>
        ))}
      </div>
      <div class="in">
        {scale.labels.map(({ bytes: value, y }) => (
          <div key={value} class="grid" style={{ top: percent(y) }} />
        ))}
        {scale.forecast !== null && <div class="ahead" style={{ left: percent(nowX) }} />}
        <svg viewBox="0 0 1000 1000" preserveAspectRatio="none">
          {scale.bands.map(({ part, upper, lower }, at) => (
            <path
              key={part}
              class="band"
              data-band={at}
              d={`M${[...upper, ...lower.toReversed()].map(([x, y]) => `${(x * 1000).toFixed(1)} ${(y * 1000).toFixed(1)}`).join('L')}Z`}
            />
          ))}
          {scale.bands.length === 0 && (
            <path class="area" d={`M0 1000L${points.join('L')}L${(nowX * 1000).toFixed(1)} 1000Z`} />
          )}
          <path class="ln" d={`M${points.join('L')}`} />
          {scale.forecast !== null && (
            <path
              class="dots"
              d={`M${(nowX * 1000).toFixed(1)} ${(nowY * 1000).toFixed(1)}L1000 ${(scale.forecast.y * 1000).toFixed(1)}`}
            />
          )}
          {scale.limitY !== null && <path class="limit" d={`M0 ${(scale.limitY * 1000).toFixed(1)}H1000`} />}
        </svg>
        <div class="tide" style={{ left: percent(nowX) }} />
        {scale.limitY !== null && (
          <span class="limit-label" style={{ top: percent(scale.limitY) }}>
            limit {bytes(now.maxBytes)}
          </span>
        )}
        {scale.bands.length > 1 && (
          <ul class="bands">
            {scale.bands.map(({ part }, at) => (
              <li key={part}>
                <i data-band={at} /> {part}
              </li>
            ))}
          </ul>
        )}
        {scale.forecast !== null && (
          <span class="ahead-label" style={{ top: percent(scale.forecast.y) }}>
            forecast {bytes(scale.forecast.bytes)}
          </span>
        )}
      </div>
      <div class="xl">
        <span>{clockMinute(scale.fromMs)}</span>
        <span class="accent" style={{ left: percent(nowX) }} data-end={nowX > 0.9 ? 'last' : undefined}>
          {clockMinute(now.atMs)}
        </span>
        {scale.forecast !== null && (
          <span data-end="last" style={{ left: '100%' }}>
            {dayOf(scale.toMs) === dayOf(now.atMs) ? '' : `${dayOf(scale.toMs)} `}
            {clockMinute(scale.toMs)}
          </span>
        )}
      </div>
    </div>
  )
}
