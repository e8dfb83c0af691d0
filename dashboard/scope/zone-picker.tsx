/** Whose clocks and days the page goes by: the browser's own zone, UTC, or any other by its IANA name; and on which day a week begins. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { Menu } from '../ui/menu.tsx'
import { zoneName } from '../format/format.ts'
import { view } from '../state/navigation.ts'

const List = lazy<{ close: () => void }>(
  async () => {
    const [list] = await Promise.all([import('./zone-list.tsx'), import('../style/menus.css')])
    return list.ZoneList
  },
  () => <div />,
)

export function ZonePicker(): JSX.Element {
  void view.value.tz // by which the zone has its name
  return (
    <Menu
      label={`Time zone: ${zoneName()}`}
      buttonClass="ctl zone"
      menuClass="zones"
      button={
        <>
          <span class="cut">{zoneName()}</span>
          <Icon name="down" />
        </>
      }
    >
      {(close) => <List close={close} />}
    </Menu>
  )
}
