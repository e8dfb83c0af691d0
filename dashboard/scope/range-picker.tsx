/** The range, and when it begins and ends. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { range } from '../state/navigation.ts'
import { second, serverNowMs } from '../state/clock.ts'
import { Menu } from '../ui/menu.tsx'
import { clockMinute, clockTime, dayOf } from '../format/format.ts'
import { resolveRange, titleOf, type Range } from '../view/range.ts'

/** From when to when; across days the day is said too. */
function resolved(asked: Range): string {
  void second.value
  const nowMs = serverNowMs()
  const times = resolveRange(asked, nowMs)
  if (typeof times === 'string') return ''
  const day = (ms: number): string => dayOf(ms, nowMs)
  const { fromMs, toMs } = times
  const far = toMs - fromMs >= 86_400_000 || day(fromMs) !== day(nowMs)
  return far
    ? `${day(fromMs)} ${clockMinute(fromMs)} to ${day(toMs)} ${clockMinute(toMs)}`
    : `${clockTime(fromMs)} to ${clockTime(toMs)}`
}

const List = lazy<{ close: () => void }>(
  async () => {
    const [list] = await Promise.all([import('./range-list.tsx'), import('../style/menus.css')])
    return list.RangeList
  },
  () => <form />,
)

export function RangePicker(): JSX.Element {
  return (
    <Menu
      label="Time range"
      buttonClass="ctl"
      menuClass="ranges"
      spoken
      button={
        <>
          {titleOf(range.value)}
          <span class="i3 no-phone">{resolved(range.value)}</span>
          <Icon name="down" />
        </>
      }
    >
      {(close) => <List close={close} />}
    </Menu>
  )
}
