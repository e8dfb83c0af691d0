/** The page as one sentence: live or not, over which time, against what, of what, how fresh. */
import type { JSX } from 'preact'
import { Chip } from '../freshness/chip.tsx'
import { pageEvidence } from '../freshness/page-evidence.ts'
import { Glyph } from '../ui/icons.tsx'
import { clock } from '../state/clock.ts'
import { view } from '../state/navigation.ts'
import { lazy } from '../ui/lazy.tsx'
import { isLost, retryNow } from '../state/connection.ts'
import { saying } from '../state/announcer.ts'
import { held, overheld, paused } from '../state/still.ts'
import { seconds } from '../format/format.ts'
import { ComparePicker } from './compare-picker.tsx'
import { FilterBar } from './filter-bar.tsx'
import { LiveControl } from './live-control.tsx'
import { RangePicker } from './range-picker.tsx'
import { ZonePicker } from './zone-picker.tsx'

const LeftOut = lazy<object>(
  async () => {
    const [leftOut] = await Promise.all([import('./left-out.tsx'), import('../style/left-out.css')])
    return leftOut.LeftOut
  },
  () => null,
)

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
  const { page } = view.value
  const isFiltered = page === 'overview' || page === 'visitors'
  return (
    <>
      <div class="scope">
        <LiveControl />
        {(isFiltered || page === 'explore') && <RangePicker />}
        <ZonePicker />
        {isFiltered && (
          <>
            <ComparePicker />
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
      <LeftOut />
    </>
  )
}

/** Said once, over the page and not in it, so that nothing moves. */
export function LostBar(): JSX.Element {
  return (
    <>
      <div role="status">
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
