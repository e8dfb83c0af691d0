import type { JSX } from 'preact'
import { words } from '../format/names.ts'

/** A row of words, one of which is chosen. Arrow keys move the choice, as in every tab list. */
export function Tabs({
  label,
  names,
  at,
  onChoose,
  say = words,
}: {
  label: string
  names: readonly string[]
  at: string
  onChoose: (name: string) => void
  say?: (name: string) => string
}): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = names[(names.indexOf(at) + step + names.length) % names.length]!
    onChoose(next)
    ;(event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          data-tab={name}
          aria-selected={name === at}
          tabIndex={name === at ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {say(name)}
        </button>
      ))}
    </div>
  )
}
