/** The page as one sentence: live or not, over which time, against what, of what, how fresh. */
import type { JSX } from 'preact'
import { Chip } from '../freshness/chip.tsx'
import { pageEvidence } from '../freshness/page-evidence.ts'
import { Glyph } from '../ui/icons.tsx'
import { clock } from '../state/clock.ts'
import { go, range, view } from '../state/navigation.ts'
import { isLost, retryNow } from '../state/connection.ts'
import { saying } from '../state/announcer.ts'
import { scans, stopped } from '../state/slots.ts'
import { lazy } from '../ui/lazy.tsx'
import { held, overheld, paused } from '../state/still.ts'
import { seconds } from '../format/format.ts'
import { FilterBar } from './filter-bar.tsx'
import { LiveControl } from './live-control.tsx'
import { beforeOf } from '../view/range.ts'
import { RangePicker } from './range-picker.tsx'
import { ZonePicker } from './zone-picker.tsx'

function PageChip(): JSX.Element {
  const fresh = pageEvidence.value
  return fresh === undefined ? <span class="sk chip-sk" /> : <Chip of={fresh} size="page" />
}

function Held(): JSX.Element | null {
  const since = held.value
  if (overheld.value)
    return (
      <span class="say" data-overheld>
        Goes on; move the pointer to hold it
      </span>
    )
  return since === null || paused.value !== null ? null : (
    <span class="say">
      Held while you read, {seconds(Math.max(0, Math.floor((clock.value - since) / 1000)))}
    </span>
  )
}

export function Scope(): JSX.Element {
  const { page, tz } = view.value
  const overview = page === 'overview'
  return (
    <>
      <div class="scope">
        <LiveControl />
        {(overview || page === 'explore') && <RangePicker />}
        <ZonePicker key={tz} />
        {overview && (
          <>
            <button
              type="button"
              class="ctl vs no-phone"
              aria-pressed={view.value.compare}
              title="Compare with the stretch before (X)"
              onClick={() => go({ compare: !view.value.compare })}
            >
              <span class="i3">against</span>
              {view.value.compare ? beforeOf(range.value) : 'nothing'}
            </button>
            <FilterBar />
          </>
        )}
        <Held />
        <span class="push no-phone page-chip">
          <PageChip />
        </span>
      </div>
      <div class="only-phone phone-chip page-chip">
        <PageChip />
      </div>
    </>
  )
}

const ScanBar = lazy<object>(
  async () => {
    const [bar] = await Promise.all([import('./scan-bar.tsx'), import('../style/opened.css')])
    return bar.ScanBar
  },
  () => null,
)

/** Said once, over the page and not in it, so that nothing moves. */
export function LostBar(): JSX.Element {
  return (
    <>
      <div role="status">
        {!isLost.value && view.value.page === 'overview' && scans.value.size + stopped.value.size > 0 && (
          <ScanBar />
        )}
        {isLost.value && (
          <div class="alert">
            <Glyph name="lost" />
            <span>This page lost its stream. What it shows stays as it was; it tries again by itself.</span>
            <button type="button" class="link push" onClick={retryNow}>
              Try now
            </button>
          </div>
        )}
      </div>
      <div class="sr" aria-live="polite">
        {saying.value}
      </div>
    </>
  )
}
