/** What the numbers of the page are compared with. */
import type { JSX } from 'preact'
import { go, range, view } from '../state/navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { Menu } from '../ui/menu.tsx'
import { againstOf } from '../view/compare.ts'

const List = lazy<{ close: () => void }>(
  async () => {
    const [list] = await Promise.all([import('./compare-list.tsx'), import('../style/menus.css')])
    return list.CompareList
  },
  () => <div />,
)

export function ComparePicker(): JSX.Element {
  const { compare } = view.value
  const text = compare === null ? 'nothing' : againstOf(compare, range.value)
  return (
    <Menu
      label={`against ${text}`}
      buttonClass="ctl vs"
      menuClass="against"
      spoken
      button={
        <>
          <span class="i3">against </span>
          {text}
          <Icon name="down" />
        </>
      }
    >
      {(close) => <List close={close} />}
    </Menu>
  )
}

/** To nothing, and back to the stretch before. */
export const turnCompare = (): void => go({ compare: view.value.compare === null ? 'previous' : null })
