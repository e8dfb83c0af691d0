/** One of the shown: a metric, and what it is divided by. */
import type { JSX } from 'preact'
import type { CatalogSource } from '../../query-api/wire.ts'
import { catalog } from '../state/catalog.ts'
import { Icon } from '../ui/icons.tsx'
import { isAcross, nameOf, shownTitle, stats, titleOf, type Ask, type Shown, type Stat } from './ask.ts'
import { Pick } from './picks.tsx'
import { change } from './state.ts'

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

export function Metric({ ask, at }: { ask: Ask; at: number }): JSX.Element {
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
              {[ask.source, ...(catalog.value ?? []).filter(({ source }) => source !== ask.source.source)]
                .flatMap((source) => stats(source))
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
                    {isAcross({ of: shown.of, per }) && (
                      <span class="xs i3"> {per.metric.metric.split('.')[0]}</span>
                    )}
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
