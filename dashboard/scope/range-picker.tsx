/** The range: a quick list, or From and To in the grammar of the API with the time each one means beside it. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { go, range } from '../state/navigation.ts'
import { second, serverNowMs } from '../state/clock.ts'
import { Menu } from '../ui/menu.tsx'
import { clockMinute, clockTime, dayOf, zoneName, type Zone } from '../format/format.ts'
import { isOfDays, quickRanges, resolveRange, sameRange, titleOf, type Range } from '../view/range.ts'

/** From when to when, in the reader's zone, or in UTC where the range is cut by its days; across days the day is said too. */
function resolved(asked: Range): string {
  void second.value
  const nowMs = serverNowMs()
  const times = resolveRange(asked, nowMs)
  const zone: Zone = isOfDays(asked) ? 'UTC' : 'own'
  if (typeof times === 'string') return zoneName(zone)
  const day = (ms: number): string => dayOf(ms, nowMs, zone)
  const { fromMs, toMs } = times
  const far = toMs - fromMs >= 86_400_000 || day(fromMs) !== day(nowMs)
  return `${far ? `${day(fromMs)} ${clockMinute(fromMs, zone)} to ${day(toMs)} ${clockMinute(toMs, zone)}` : `${clockTime(fromMs, zone)} to ${clockTime(toMs, zone)}`}, ${zoneName(zone)}`
}

const Own = lazy<{ close: () => void }>(
  async () => (await import('./own-range.tsx')).OwnRange,
  () => <form />,
)

export function RangePicker(): JSX.Element {
  const now = range.value
  return (
    <Menu
      label="Time range"
      buttonClass="ctl"
      menuClass="ranges"
      spoken
      button={
        <>
          {titleOf(now)}
          <span class="i3 no-phone">{resolved(now)}</span>
          <Icon name="down" />
        </>
      }
    >
      {(close) => (
        <>
          <div>
            {quickRanges.map((one) => (
              <button
                key={`${one.from} ${one.to}`}
                type="button"
                aria-current={sameRange(one, now) ? 'true' : undefined}
                onClick={() => {
                  close()
                  go({ range: one })
                }}
              >
                {titleOf(one)}
              </button>
            ))}
          </div>
          <Own close={close} />
        </>
      )}
    </Menu>
  )
}
