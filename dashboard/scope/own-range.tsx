/** A range in the reader's own words: From and To in the grammar of the API, with the time each one means beside it. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { go, range, second, serverNowMs } from '../live/page.ts'
import { clockTime } from '../say/format.ts'
import { resolveRange, resolveTime, type Range } from './range.ts'

const whole = (ms: number): string => `${new Date(ms).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clockTime(ms)}`

function Field({ label, value, onInput }: { label: string; value: string; onInput: (text: string) => void }): JSX.Element {
  void second.value
  const at = resolveTime(value, serverNowMs())
  return (
    <label class="field">
      <span>{label}</span>
      <span class="in" data-invalid={at === undefined ? '' : undefined}>
        <input value={value} spellcheck={false} autocomplete="off" aria-invalid={at === undefined} onInput={(event) => onInput(event.currentTarget.value.trim())} />
        <span>{at === undefined ? '' : whole(at)}</span>
      </span>
    </label>
  )
}

export function OwnRange({ close }: { close: () => void }): JSX.Element {
  const [own, setOwn] = useState<Range>(range.peek())
  const times = resolveRange(own, serverNowMs())
  const wrong = typeof times === 'string' ? times : ''
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (wrong !== '') return
        close()
        go({ range: own })
      }}
    >
      <Field label="From" value={own.from} onInput={(from) => setOwn({ ...own, from })} />
      <Field label="To" value={own.to} onInput={(to) => setOwn({ ...own, to })} />
      <p class="bad" role="alert">
        {wrong}
      </p>
      <button type="submit" class="btn main" disabled={wrong !== ''}>
        Apply
      </button>
    </form>
  )
}
