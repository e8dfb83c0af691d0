/** The question in four rows: what is shown, by which fields, of which events, in which steps and against what. */
import type { ComponentChildren, JSX } from 'preact'
import type { CatalogSource } from '../../query-api/wire.ts'
import { words } from '../format/names.ts'
import { curlOf } from '../panels/tools-menu.tsx'
import { savePng } from '../panels/png.ts'
import { FilterBar } from '../scope/filter-bar.tsx'
import { catalog } from '../state/catalog.ts'
import { CopyButton } from '../ui/copy.tsx'
import { Icon } from '../ui/icons.tsx'
import { Menu } from '../ui/menu.tsx'
import {
  againstNames,
  COMPARISONS,
  everies,
  everyName,
  MOST_BY,
  MOST_SHOWN,
  nameOf,
  naming,
  shownName,
  shownTitle,
  stats,
  titleOf,
  TOPS,
  type Ask,
  type Shown,
  type Stat,
} from './ask.ts'
import { change, questions } from './state.ts'

function Choices<T>({
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
const Pick = ({
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

/** Metrics of the source, and, for the first of the shown, those of the other sources too. */
function Metrics({
  ask,
  at,
  onChoose,
}: {
  ask: Ask
  at: number
  onChoose: (stat: Stat, source: CatalogSource) => void
}): JSX.Element {
  const offered = at === 0 && ask.shown.length === 1 ? (catalog.value ?? [ask.source]) : [ask.source]
  const now = ask.shown[at]
  return (
    <div class="options">
      {offered.map((source) => (
        <div key={source.source} role="group" aria-label={source.source}>
          {offered.length > 1 && <p class="xs i3">{source.source}</p>}
          {stats(source).map((stat) => (
            <button
              key={nameOf(stat)}
              type="button"
              data-metric={nameOf(stat)}
              aria-current={
                now !== undefined && now.per === null && nameOf(now.of) === nameOf(stat) ? 'true' : undefined
              }
              onClick={() => onChoose(stat, source)}
            >
              {titleOf(stat)}
            </button>
          ))}
        </div>
      ))}
    </div>
  )
}

const replaced = (ask: Ask, at: number, next: Shown): readonly Shown[] =>
  at >= ask.shown.length ? [...ask.shown, next] : ask.shown.map((one, i) => (i === at ? next : one))

function Metric({ ask, at }: { ask: Ask; at: number }): JSX.Element {
  const shown = ask.shown[at]!
  return (
    <span class="pair">
      <Pick label="Metric" text={shownTitle(shown)} note={shown.per === null ? undefined : 'ratio'}>
        {(close) => (
          <>
            <Metrics
              ask={ask}
              at={at}
              onChoose={(of, source) => {
                close()
                if (source === ask.source) return change({ shown: replaced(ask, at, { of, per: null }) })
                // Fields of one source mean nothing to another.
                change({
                  source,
                  shown: [{ of, per: null }],
                  by: [],
                  every: 'auto',
                  sort: { at: 0, ascending: false },
                })
              }}
            />
            <div class="options" role="group" aria-label="Divided by">
              <p class="xs i3">divided by</p>
              {shown.per !== null && (
                <button
                  type="button"
                  onClick={() => {
                    close()
                    change({ shown: replaced(ask, at, { of: shown.of, per: null }) })
                  }}
                >
                  nothing
                </button>
              )}
              {stats(ask.source)
                .filter((stat) => nameOf(stat) !== nameOf(shown.of))
                .map((per) => (
                  <button
                    key={nameOf(per)}
                    type="button"
                    data-per={nameOf(per)}
                    aria-current={
                      shown.per !== null && nameOf(shown.per) === nameOf(per) ? 'true' : undefined
                    }
                    onClick={() => {
                      close()
                      change({ shown: replaced(ask, at, { of: shown.of, per }) })
                    }}
                  >
                    {titleOf(per)}
                  </button>
                ))}
            </div>
          </>
        )}
      </Pick>
      {ask.shown.length > 1 && (
        <button
          type="button"
          class="ib small"
          aria-label={`Remove: ${shownTitle(shown)}`}
          onClick={() =>
            change({ shown: ask.shown.filter((_, i) => i !== at), sort: { at: 0, ascending: false } })
          }
        >
          <Icon name="cross" />
        </button>
      )}
    </span>
  )
}

const Label = ({ text }: { text: string }): JSX.Element => <span class="k">{text}</span>

/** The first plot of the page. */
const savePlot = (): void => {
  const panel = document.querySelector('.explore-chart')
  if (panel !== null) savePng(panel)
}
const texts = (): string[] =>
  questions
    .peek()
    .filter(({ kind }) => kind === 'chart')
    .map(({ text }) => text)

export function Question({ ask }: { ask: Ask }): JSX.Element {
  const { source, shown, by, every, against, top } = ask
  const left = naming(source).filter((name) => !by.includes(name))
  const unused = stats(source).filter((stat) => !shown.some((one) => shownName(one) === nameOf(stat)))
  return (
    <section class="ask" aria-label="Question">
      <Label text="Show" />
      <div class="row">
        {shown.map((one, at) => (
          <Metric key={`${at} ${shownName(one)}`} ask={ask} at={at} />
        ))}
        {shown.length < MOST_SHOWN && unused.length > 0 && (
          <Pick label="Another metric" text="Metric" ghost>
            {(close) => (
              <Choices
                label="Metrics"
                of={unused}
                at={null}
                say={titleOf}
                onChoose={(of) => {
                  close()
                  change({ shown: [...shown, { of, per: null }] })
                }}
              />
            )}
          </Pick>
        )}
      </div>
      <div class="act">
        <CopyButton text={() => location.href} label="Copy link" />
        <CopyButton text={() => texts().map(curlOf).join('\n')} label="Copy as curl" />
        <a class="btn sm" href={`/v1/${(texts()[0] ?? '').replace(/&compare=\w+/, '')}&format=csv`} download>
          CSV
        </a>
        <button type="button" class="btn sm" onClick={savePlot}>
          PNG
        </button>
      </div>
      <Label text="By" />
      <div class="row">
        {by.map((name, i) => (
          <span class="pair" key={name}>
            <Pick
              label="Breakdown"
              text={words(name)}
              note={i === 0 ? `first ${top}${by.length > 1 ? ' pairs' : ''}` : undefined}
            >
              {(close) => (
                <>
                  <Choices
                    label="Fields"
                    of={[name, ...left]}
                    at={name}
                    say={words}
                    onChoose={(next) => {
                      close()
                      change({ by: by.map((one) => (one === name ? next : one)) })
                    }}
                  />
                  {i === 0 && (
                    <Choices
                      label="Drawn by name"
                      of={TOPS}
                      at={top as (typeof TOPS)[number]}
                      say={(most) => `The first ${most}`}
                      onChoose={(most) => {
                        close()
                        change({ top: most })
                      }}
                    />
                  )}
                </>
              )}
            </Pick>
            <button
              type="button"
              class="ib small"
              aria-label={`Remove: by ${words(name)}`}
              onClick={() => change({ by: by.filter((one) => one !== name) })}
            >
              <Icon name="cross" />
            </button>
          </span>
        ))}
        {by.length < MOST_BY && left.length > 0 && (
          <Pick label="Another breakdown" text="Breakdown" ghost>
            {(close) => (
              <Choices
                label="Fields"
                of={left}
                at={null}
                say={words}
                onChoose={(name) => {
                  close()
                  change({ by: [...by, name] })
                }}
              />
            )}
          </Pick>
        )}
      </div>
      <Label text="Where" />
      <div class="row">
        <FilterBar only={source.source} />
      </div>
      <Label text="Every" />
      <div class="row">
        <Pick label="Step" text={everyName(every)}>
          {(close) => (
            <Choices
              label="Steps"
              of={everies(source)}
              at={every}
              say={everyName}
              onChoose={(next) => {
                close()
                change({ every: next })
              }}
            />
          )}
        </Pick>
        <Pick
          label="Compared with"
          text={against === null ? 'No comparison' : `against ${againstNames[against]}`}
        >
          {(close) => (
            <Choices
              label="Compared with"
              of={[null, ...COMPARISONS]}
              at={against}
              say={(one) =>
                one === null
                  ? 'nothing'
                  : `${againstNames[one]}${one === 'previous_year' ? ', same weekday' : ''}`
              }
              onChoose={(next) => {
                close()
                change({ against: next })
              }}
            />
          )}
        </Pick>
      </div>
    </section>
  )
}
