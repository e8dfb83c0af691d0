/** Where the milliseconds go: from the log to the answer as the API says, from the answer to the screen as this page measures. */
import type { JSX } from 'preact'
import { latency } from '../stream/latency.ts'
import { second } from '../state/clock.ts'
import { fixed, milliseconds } from '../format/format.ts'
import { StatusChip } from './status-chip.tsx'

/** A ruler of 100 ms, or of as much as the worst frame needs. */
const scaleOf = (worstMs: number): number =>
  [100, 200, 500, 1000, 2000, 5000, 10_000].find((most) => worstMs <= most) ?? 60_000

export function Ruler(): JSX.Element {
  void second.value
  const found = latency()
  const scale = scaleOf(found === null ? 100 : Math.max(found.p99Ms, found.medianMs))
  /** Moved by a transform, which moves nothing else. */
  const part = (ms: number): number => Math.min(1, ms / scale)
  return (
    <section class="panel w12" data-panel="ruler" aria-label="From the log to this screen">
      <div class="ph">
        <h2>From the log to this screen</h2>
        <span class="unit">
          where the milliseconds go, last {found === null ? 0 : found.frames} frames of this page
        </span>
        <StatusChip />
      </div>
      {found === null ? (
        <p class="i3 none ruler-wait">no frame was drawn yet</p>
      ) : (
        <>
          <div
            class="ruler"
            role="img"
            aria-label={`Median ${milliseconds(found.medianMs)}, 99 of 100 within ${milliseconds(found.p99Ms)}`}
          >
            <div class="track" />
            <span class="st q4" style={{ transform: `scaleX(${part(found.answerMs)})` }} />
            <span
              class="st q6"
              style={{
                transform: `translateX(${part(found.answerMs) * 100}%) scaleX(${part(found.screenMs)})`,
              }}
            />
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
            <span class="hand" style={{ transform: `translateX(${part(found.medianMs) * 100}%)` }} />
            {found.p99Ms < scale && found.p99Ms > found.medianMs && (
              <span class="hand thin" style={{ transform: `translateX(${part(found.p99Ms) * 100}%)` }} />
            )}
          </div>
          <p class="i2 legend">
            <span class="key q4" /> log to answer <b>{milliseconds(found.answerMs)}</b>
            <span class="key q6" /> answer to screen <b>{milliseconds(found.screenMs)}</b>
            <span class="i3">
              median <b>{milliseconds(found.medianMs)}</b>, p99 <b>{milliseconds(found.p99Ms)}</b>, worst{' '}
              <b>{milliseconds(found.worstMs)}</b>
            </span>
          </p>
        </>
      )}
    </section>
  )
}
