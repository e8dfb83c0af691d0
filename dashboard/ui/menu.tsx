/** A button that opens a short list. Escape and a click elsewhere close it; arrows walk it. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ComponentChildren, JSX } from 'preact'

interface Props {
  readonly label: string
  readonly button: ComponentChildren
  readonly buttonClass: string
  readonly menuClass?: string
  /** The words on the button say it all. */
  readonly spoken?: boolean
  readonly disabled?: boolean
  /** Gets how to close it. */
  readonly children: (close: () => void) => ComponentChildren
}

/** Where a list is entered: what one writes into, else what is chosen, else the first. */
const ENTRANCES = ['input[type=search]', '[aria-current]', 'button, a, input, [tabindex]'] as const

function enter(list: HTMLElement): boolean {
  const found = ENTRANCES.map((at) => list.querySelector<HTMLElement>(at)).find((one) => one !== null)
  // Where the list has put the focus itself, it knows better.
  if (found !== undefined && !list.contains(document.activeElement)) found.focus()
  return found !== undefined
}

export function Menu({
  label,
  button,
  buttonClass,
  menuClass = '',
  spoken = false,
  disabled = false,
  children,
}: Props): JSX.Element {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const close = (): void => {
    setOpen(false)
    root.current?.querySelector<HTMLElement>(':scope > button')?.focus()
  }
  useLayoutEffect(() => {
    if (!open) return undefined
    const away = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    const list = root.current!.querySelector<HTMLElement>('.menu')!
    // A list whose code is yet to come is entered when it is there: until then letters would be shortcuts of the page.
    const comes = new MutationObserver(() => enter(list) && comes.disconnect())
    if (!enter(list)) comes.observe(list, { childList: true, subtree: true })
    addEventListener('pointerdown', away)
    return () => {
      comes.disconnect()
      removeEventListener('pointerdown', away)
    }
  }, [open])
  const move = (event: KeyboardEvent): void => {
    if (!open) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      return close()
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const items = [...(root.current?.querySelectorAll<HTMLElement>('.menu button, .menu a') ?? [])]
    if (step === 0 || items.length === 0) return
    event.preventDefault()
    items[
      (items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length
    ]?.focus()
  }
  return (
    <div class="picker" ref={root} onKeyDown={move}>
      <button
        type="button"
        class={buttonClass}
        aria-expanded={open}
        aria-haspopup="true"
        aria-label={spoken ? undefined : label}
        disabled={disabled}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div class={`menu ${menuClass}`} role="group" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  )
}
