/** Whose clocks and days the page goes by: the browser's own zone, UTC, or any other by its IANA name; and on which day a week begins. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { Menu } from '../ui/menu.tsx'
import { zoneName } from '../format/format.ts'

const List = lazy<{ close: () => void }>(
  async () => {
    const [list] = await Promise.all([import('./zone-list.tsx'), import('../style/menus.css')])
    return list.ZoneList
  },
  () => <div />,
)

/** `tz`: of the view. It is drawn anew where that changes, and stays the same one: who chose by key goes on from there. */
export const ZonePicker = (_: { tz: string | null }): JSX.Element => (
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
