/** A range in the reader's own words: From and To in the grammar of the API, with the time each one means beside it. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { go, range } from '../state/navigation.ts'
import { second, serverNowMs } from '../state/clock.ts'
import { clockTime, dayOf, zoneName } from '../format/format.ts'
import { resolveRange, resolveTime, type Range } from '../view/range.ts'

const whole = (ms: number): string => `${dayOf(ms, serverNowMs())} ${clockTime(ms)}`

function Field({
  label,
  value,
  onInput,
}: {
  label: string
  value: string
  onInput: (text: string) => void
}): JSX.Element {
  void second.value
  const at = resolveTime(value, serverNowMs())
  return (
    <label class="field">
      <span>{label}</span>
      <span class="in" data-invalid={at === undefined ? '' : undefined}>
        <input
          value={value}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={at === undefined}
          onInput={(event) => onInput(event.currentTarget.value.trim())}
        />
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
      <p class="i3">Days, weeks and times are of {zoneName()}.</p>
      <button type="submit" class="btn main" disabled={wrong !== ''}>
        Apply
      </button>
    </form>
  )
}
