/** The page as one sentence: live or not, over which time, how fresh. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { Chip } from '../fresh/chip.tsx'
import { worst, type Evidence } from '../fresh/freshness.ts'
import { Glyph, Icon } from '../icons.tsx'
import { chooseRange, clock, evidenceOf, held, known, link, pause, paused, range, retryInMs, retryNow } from '../live/page.ts'
import { queries, queryNames } from '../live/queries.ts'
import { clockMinute, clockTime, seconds, zoneName } from '../say/format.ts'
import { quickRanges } from './range.ts'

function LiveControl(): JSX.Element {
  if (paused.value !== null)
    return (
      <div class="seg" role="group" aria-label="Live">
        <button type="button" aria-pressed={false} onClick={() => pause(false)}>
          <Icon name="play" />
          Go live
        </button>
        <span class="still">Paused at {clockTime(paused.value)}</span>
      </div>
    )
  const isHeld = held.value !== null
  return (
    <div class="seg" role="group" aria-label="Live">
      <button type="button" class="live" aria-pressed onClick={() => pause(true)} data-live={isHeld ? 'held' : link.value.state}>
        <Glyph name={isHeld ? 'held' : link.value.state === 'lost' ? 'lost' : 'exact'} />
        {isHeld ? 'Held' : 'Live'}
      </button>
      <button type="button" class="sq" aria-label="Pause (L)" onClick={() => pause(true)}>
        <Icon name="pause" />
      </button>
    </div>
  )
}

/** From when to when, in the reader's zone; across days the day is said too. */
function resolved(): string {
  const meta = known('clicks').answer?.meta ?? known('readings').answer?.meta
  if (meta === undefined) return zoneName()
  const toMs = meta.asOfMs === null ? meta.toMs : Math.min(meta.toMs, Math.max(meta.asOfMs, meta.fromMs))
  const fromMs = toMs - range.value.ms
  return range.value.ms >= 86_400_000
    ? `${new Date(fromMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clockMinute(fromMs)} to ${clockTime(toMs)}, ${zoneName()}`
    : `${clockTime(fromMs)} to ${clockTime(toMs)}, ${zoneName()}`
}

function RangePicker(): JSX.Element {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return undefined
    const away = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    root.current?.querySelector<HTMLElement>('[aria-current]')?.focus()
    addEventListener('pointerdown', away)
    return () => removeEventListener('pointerdown', away)
  }, [open])
  const move = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      setOpen(false)
      root.current?.querySelector('button')?.focus()
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const items = [...(root.current?.querySelectorAll<HTMLElement>('.menu button') ?? [])]
    if (!open || step === 0 || items.length === 0) return
    event.preventDefault()
    items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus()
  }
  return (
    <div class="picker" ref={root} onKeyDown={move}>
      <button type="button" class="ctl" aria-expanded={open} aria-haspopup="true" onClick={() => setOpen(!open)}>
        Last {range.value.name}
        <span class="i3 no-phone">{resolved()}</span>
        <Icon name="down" />
      </button>
      {open && (
        <div class="menu" role="group" aria-label="Time range">
          {quickRanges.map((one) => (
            <button
              key={one.from}
              type="button"
              aria-current={one.from === range.value.from ? 'true' : undefined}
              onClick={() => {
                setOpen(false)
                chooseRange(one)
              }}
            >
              Last {one.name}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

/** The least fresh of all panels. Before any answer only a lost link has something to say. */
function pageEvidence(): Evidence | undefined {
  const answered = queryNames.filter((name) => queries[name].kind === 'series' && known(name).answer !== null)
  if (answered.length === 0 && link.value.state === 'lost') return evidenceOf('clicks')
  return worst(answered.map(evidenceOf))
}

export function Scope(): JSX.Element {
  const fresh = pageEvidence()
  const heldMs = held.value
  const chip = fresh === undefined ? <span class="sk chip-sk" /> : <Chip of={fresh} size="page" />
  return (
    <>
      <div class="scope">
        <LiveControl />
        <RangePicker />
        {heldMs !== null && paused.value === null && <span class="say">Held while you read, {seconds(Math.max(0, Math.floor((clock.value - heldMs) / 1000)))}</span>}
        <span class="push no-phone page-chip">{chip}</span>
      </div>
      <div class="only-phone phone-chip page-chip">{chip}</div>
    </>
  )
}

/** Said once, over the page and not in it, so that nothing moves. */
export function LostBar(): JSX.Element | null {
  const inMs = retryInMs.value
  return (
    <div role="status">
      {inMs !== null && (
        <div class="alert">
          <Glyph name="lost" />
          <span>This page lost its stream. What it shows stays as it was; it tries again by itself.</span>
          <button type="button" class="link push" onClick={retryNow}>
            Try now
          </button>
        </div>
      )}
    </div>
  )
}
