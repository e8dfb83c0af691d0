/** Controls that open a list to choose from. */
import type { ComponentChildren, JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { Menu } from '../ui/menu.tsx'

export function Choices<T>({
  of,
  at,
  say,
  onChoose,
  label,
}: {
  of: readonly T[]
  at: T | null
  say: (one: T) => string
  onChoose: (one: T) => void
  label: string
}): JSX.Element {
  return (
    <div class="options" role="group" aria-label={label}>
      {of.map((one) => (
        <button
          key={say(one)}
          type="button"
          aria-current={one === at ? 'true' : undefined}
          onClick={() => onChoose(one)}
        >
          {say(one)}
        </button>
      ))}
    </div>
  )
}

/** A control that opens a list. */
export const Pick = ({
  label,
  text,
  note,
  children,
  ghost = false,
}: {
  label: string
  text: string
  note?: string | undefined
  children: (close: () => void) => ComponentChildren
  ghost?: boolean
}): JSX.Element => (
  <Menu
    label={ghost ? label : `${label}: ${text}`}
    buttonClass={ghost ? 'ghost' : 'ctl'}
    menuClass="choices"
    button={
      ghost ? (
        <>
          <Icon name="plus" />
          {text}
        </>
      ) : (
        <>
          <span class="cut">{text}</span>
          {note !== undefined && <span class="i3 no-phone">{note}</span>}
          <Icon name="down" />
        </>
      )
    }
  >
    {children}
  </Menu>
)
