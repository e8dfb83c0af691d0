/** Values of a text field by how often they come: found by their beginning, kept or left out by a click, several by their boxes. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { CatalogSource, KnownValuesAnswer } from '../../query-api/wire.ts'
import { api } from '../state/api.ts'
import { faultWords } from '../state/fault-words.ts'
import { serverNowMs } from '../state/clock.ts'
import { range } from '../state/navigation.ts'
import { resolveRange } from '../view/range.ts'
import { amount } from '../format/format.ts'
import { valueName } from '../format/names.ts'
import { Name } from '../ui/name.tsx'
import type { Filter, Operator } from '../view/filters.ts'

interface Props {
  readonly source: string
  readonly field: CatalogSource['fields'][number]
  readonly op: Operator
  /** The condition that is changed; null begins a new one. */
  readonly of: Filter | null
  readonly onDone: (filter: Filter) => void
  readonly close: () => void
}

type Rows = KnownValuesAnswer['rows']
const MOST_SHOWN = 50
/** A word is asked for when its writer pauses. */
const PAUSE_MS = 120

function useKnown(
  source: string,
  field: CatalogSource['fields'][number],
  prefix: string,
): Rows | string | null {
  const [found, setFound] = useState<Rows | string | null>(null)
  useEffect(() => {
    if (field.isFlag === true) {
      setFound(['true', 'false'].map((value) => ({ value, count: null })))
      return undefined
    }
    const leave = new AbortController()
    // As instants: this question knows of no zone.
    const times = resolveRange(range.peek(), serverNowMs())
    const { fromMs, toMs } = typeof times === 'string' ? { fromMs: 0, toMs: serverNowMs() } : times
    const ask = (): void =>
      void api
        .ask(
          'meta/known-values',
          {
            source,
            field: field.name,
            prefix,
            from: Math.floor(fromMs),
            to: Math.ceil(toMs),
            limit: MOST_SHOWN,
          },
          { signal: leave.signal },
        )
        .then(
          ({ rows }) => setFound(rows),
          (error: unknown) => leave.signal.aborted || setFound(faultWords(error)),
        )
    const timer = setTimeout(ask, prefix === '' ? 0 : PAUSE_MS)
    return () => {
      clearTimeout(timer)
      leave.abort()
    }
  }, [source, field, prefix])
  return found
}

export function KnownValues({ source, field, op, of, onDone, close }: Props): JSX.Element {
  const { name } = field
  const [text, setText] = useState('')
  const [chosen, choose] = useState<readonly string[]>(
    of !== null && (of.op === 'is' || of.op === 'not') ? of.values : [],
  )
  const found = useKnown(source, field, text)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const rows = Array.isArray(found) ? found : []
  const done = (values: readonly string[], how: Operator = op): void =>
    onDone({ source, field: name, op: how, values })
  const pick = (value: string | null, keep: boolean): void =>
    value === null
      ? onDone({ source, field: name, op: 'exists', values: [String(!keep)] })
      : done([value], keep ? 'is' : 'not')
  const toggle = (value: string): void =>
    choose(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value])
  // What is chosen stays in sight, whatever is searched for.
  const others = chosen.filter((value) => !rows.some((row) => row.value === value))
  const isNew = text !== '' && !rows.some((row) => row.value === text)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (chosen.length > 0) done(chosen)
        else if (text !== '') done([text])
      }}
    >
      {field.isFlag !== true && (
        <label class="field">
          <span>Value</span>
          <span class="in">
            <input
              ref={input}
              type="search"
              placeholder="its first letters"
              value={text}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </span>
        </label>
      )}
      <div class="options">
        {found === null && <p class="i3">reading values</p>}
        {typeof found === 'string' && <p class="bad">{found}</p>}
        {[...others.map((value) => ({ value, count: null })), ...rows].map(({ value, count }) => (
          <div class="pick" key={String(value)}>
            {value !== null && (
              <input
                type="checkbox"
                aria-label={`${valueName(name, value)} too`}
                checked={chosen.includes(value)}
                onChange={() => toggle(value)}
              />
            )}
            <button type="button" onClick={() => pick(value, op === 'is')}>
              <Name text={valueName(name, value)} />
              {count !== null && <span class="i3 push">{amount(count)}</span>}
            </button>
            <button
              type="button"
              class="not"
              aria-label={`${name} is not ${valueName(name, value)}`}
              onClick={() => pick(value, false)}
            >
              is not
            </button>
          </div>
        ))}
        {isNew && (
          <div class="pick">
            <button type="button" onClick={() => done([text])}>
              <Name text={`"${text}"`} />
              <span class="i3 push">as written</span>
            </button>
          </div>
        )}
        {Array.isArray(found) && rows.length === 0 && text === '' && (
          <p class="i3">no values in this range</p>
        )}
      </div>
      {chosen.length > 0 && (
        <p class="apply">
          <button type="submit" class="btn main">
            {op === 'is' ? 'Keep' : 'Leave out'} {chosen.length === 1 ? 'one' : chosen.length}
          </button>
          <button type="button" class="btn" onClick={close}>
            Cancel
          </button>
        </p>
      )}
    </form>
  )
}
