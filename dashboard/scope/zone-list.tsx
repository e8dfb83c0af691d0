/** What the zone picker opens. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { otherZone, zoneId } from '../format/zone.ts'
import { serverNowMs } from '../state/clock.ts'
import { go, view } from '../state/navigation.ts'
import { allZones, offsetName, zonesLike } from './zones.ts'

const MOST_SHOWN = 60
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

export function ZoneList({ close }: { close: () => void }): JSX.Element {
  const [text, setText] = useState('')
  const input = useRef<HTMLInputElement>(null)
  // The menu looked for something to stand on before this was there; letters are for the field, not shortcuts of the page.
  useEffect(() => input.current?.focus(), [])
  const [all] = useState(() => [
    ...new Set([ownZone, 'UTC', ...(view.peek().tz === null ? [] : [zoneId()]), ...allZones()]),
  ])
  const found = zonesLike(text, all, MOST_SHOWN)
  const nowMs = serverNowMs()
  const pick = (zone: string): void => {
    close()
    go({ tz: otherZone(zone) })
  }
  return (
    <>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault()
          if (found[0] !== undefined) pick(found[0])
        }}
      >
        <label class="field">
          <span>Time zone</span>
          <span class="in">
            <input
              ref={input}
              type="search"
              placeholder="a city or region"
              value={text}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </span>
        </label>
      </form>
      <div class="options" role="group" aria-label="Zones">
        {found.map((zone) => (
          <button
            key={zone}
            type="button"
            aria-current={zone === zoneId() ? 'true' : undefined}
            data-zone={zone}
            onClick={() => pick(zone)}
          >
            <span class="cut">{zone.replaceAll('_', ' ')}</span>
            <span class="i3 push">{zone === ownZone ? 'this browser' : offsetName(zone, nowMs)}</span>
          </button>
        ))}
        {found.length === 0 && <p class="i3">No zone is called so.</p>}
      </div>
      <div class="options" role="group" aria-label="Weeks begin on">
        <p class="xs i3">Weeks begin on</p>
        {(['monday', 'sunday'] as const).map((day) => (
          <button
            key={day}
            type="button"
            aria-current={view.value.weekStart === day ? 'true' : undefined}
            onClick={() => {
              close()
              go({ weekStart: day })
            }}
          >
            {day === 'monday' ? 'Monday' : 'Sunday'}
          </button>
        ))}
      </div>
    </>
  )
}
