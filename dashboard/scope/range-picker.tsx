/** The range: a quick list, or From and To in the grammar of the API with the time each one means beside it. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { Icon } from '../icons.tsx'
import { go, range, second, serverNowMs } from '../live/page.ts'
import { Menu } from '../panels/menu.tsx'
import { clockMinute, clockTime, zoneName } from '../say/format.ts'
import { quickRanges, resolveRange, resolveTime, sameRange, titleOf, type Range } from './range.ts'

const dayOf = (ms: number): string => new Date(ms).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
const whole = (ms: number): string => `${dayOf(ms)} ${clockTime(ms)}`

/** From when to when, in the reader's zone; across days the day is said too. */
function resolved(asked: Range): string {
  void second.value
  const times = resolveRange(asked, serverNowMs())
  if (typeof times === 'string') return zoneName()
  const { fromMs, toMs } = times
  const far = toMs - fromMs >= 86_400_000 || dayOf(fromMs) !== dayOf(serverNowMs())
  return far ? `${dayOf(fromMs)} ${clockMinute(fromMs)} to ${dayOf(toMs)} ${clockMinute(toMs)}, ${zoneName()}` : `${clockTime(fromMs)} to ${clockTime(toMs)}, ${zoneName()}`
}

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

function Own({ close }: { close: () => void }): JSX.Element {
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
