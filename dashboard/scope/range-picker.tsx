/** The range: a quick list, or From and To in the grammar of the API with the time each one means beside it. */
import type { JSX } from 'preact'
import { Icon } from '../icons.tsx'
import { lazy } from '../lazy.tsx'
import { go, range, second, serverNowMs } from '../live/page.ts'
import { Menu } from '../panels/menu.tsx'
import { clockMinute, clockTime, zoneName } from '../say/format.ts'
import { quickRanges, resolveRange, sameRange, titleOf, type Range } from './range.ts'

const dayOf = (ms: number): string => new Date(ms).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })

/** From when to when, in the reader's zone; across days the day is said too. */
function resolved(asked: Range): string {
  void second.value
  const times = resolveRange(asked, serverNowMs())
  if (typeof times === 'string') return zoneName()
  const { fromMs, toMs } = times
  const far = toMs - fromMs >= 86_400_000 || dayOf(fromMs) !== dayOf(serverNowMs())
  return far ? `${dayOf(fromMs)} ${clockMinute(fromMs)} to ${dayOf(toMs)} ${clockMinute(toMs)}, ${zoneName()}` : `${clockTime(fromMs)} to ${clockTime(toMs)}, ${zoneName()}`
}

const Own = lazy<{ close: () => void }>(async () => (await import('./own-range.tsx')).OwnRange, <form />)

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
