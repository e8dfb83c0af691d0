/** The question in four rows: what is shown, by which fields, of which events, in which steps and against what. */
import type { JSX } from 'preact'
import { words } from '../format/names.ts'
import { csvOf, curlOf } from '../panels/exports.ts'
import { divided } from './questions.ts'
import { savePng } from '../panels/png.ts'
import { FilterBar } from '../scope/filter-bar.tsx'
import { CopyButton } from '../ui/copy.tsx'
import { againstNames, COMPARISONS } from '../view/compare.ts'
import { Icon } from '../ui/icons.tsx'
import {
  everies,
  everyName,
  formOf,
  MOST_BY,
  MOST_SHOWN,
  nameOf,
  naming,
  shownName,
  stats,
  titleOf,
  TOPS,
  type Ask,
} from './ask.ts'
import { Metric } from './metric.tsx'
import { Choices, Pick } from './picks.tsx'
import { change, questions } from './state.ts'
import { ViewsMenu } from './views-menu.tsx'

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
        <ViewsMenu />
        <CopyButton text={() => location.href} label="Copy link" />
        <CopyButton
          text={() =>
            texts()
              .map((text) => curlOf(text, location.origin))
              .join('\n')
          }
          label="Copy as curl"
        />
        <a class="btn sm" href={csvOf(divided(shown[0]!, texts()[0] ?? '')) ?? ''} download>
          CSV
        </a>
        <button type="button" class="btn sm" onClick={savePlot} disabled={/number|table/.test(formOf(ask))}>
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
              note={i === 0 ? `first ${top}${by.length === 2 ? ' pairs' : ''}` : undefined}
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
      {ask.unknown.length > 0 && (
        <p class="note unknown" role="status">
          Left out of this address, because {source.source} has no such metric, text field or view:{' '}
          <bdi>{ask.unknown.join(', ').slice(0, 200)}</bdi>
        </p>
      )}
    </section>
  )
}
