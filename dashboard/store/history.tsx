/** What befell the store: nodes that failed, started again or took over, numbers that were lost and filled again; then what people and the keeper did. */
import type { JSX } from 'preact'
import type { StoreAnswer } from '../../query-api/wire.ts'
import { amount, momentOf } from '../format/format.ts'
import { Glyph, type GlyphName } from '../ui/icons.tsx'
import { NOT_KNOWN } from './store-words.ts'

type StoreEvents = NonNullable<StoreAnswer['events']>

const isOfNodes = ({ kind }: StoreEvents[number]): boolean => kind === 'node'

export function History({ answer }: { answer: StoreAnswer }): JSX.Element {
  const where = answer.rewinds?.map(
    ({ source, partition, times: n }) => `${source}/${partition}${n > 1 ? ` ${amount(n)} times` : ''}`,
  )
  return (
    <section class="panel w7" data-panel="history" aria-label="Failovers, rewinds and upkeep">
      <div class="ph">
        <h2>Failovers and rewinds</h2>
        <span class="unit">the log fills what a node forgets</span>
      </div>
      <Events
        events={answer.events?.filter(isOfNodes) ?? null}
        nowMs={answer.nowMs}
        label="Failovers and restarts"
        none="No node was started again or replaced, as far back as the store remembers."
      />
      <p class="note" data-rewinds={answer.rewinds?.reduce((sum, one) => sum + one.times, 0)}>
        {where === undefined
          ? 'Whether a partition was ever rewound is not known yet.'
          : where.length === 0
            ? 'No partition was ever rewound: the store never stood before what was acknowledged.'
            : `Rewound since the store was first filled: ${where.slice(0, 6).join(', ')}${where.length > 6 ? ` and ${amount(where.length - 6)} more` : ''}. Each was counted again from the log; nothing is counted twice.`}
      </p>
      <div class="ph below">
        <h2>Upkeep</h2>
        <span class="unit">what people and the keeper did</span>
      </div>
      <Events
        events={answer.events?.filter((event) => !isOfNodes(event)) ?? null}
        nowMs={answer.nowMs}
        label="Upkeep"
        none="Nothing was done yet."
      />
    </section>
  )
}

const glyphs: Readonly<Record<string, GlyphName>> = {
  'backup failed': 'bad',
  memory: 'behind',
  backup: 'check',
}

interface EventsProps {
  events: StoreEvents | null
  nowMs: number
  label: string
  none: string
}

function Events({ events, nowMs, label, none }: EventsProps): JSX.Element {
  if (events === null) return <p class="i3 none">{NOT_KNOWN}: the store does not tell its events.</p>
  if (events.length === 0) return <p class="i3 none">{none}</p>
  return (
    <div class="history" tabIndex={0} role="region" aria-label={label}>
      <table class="rows">
        <caption class="sr">{label}, the newest first</caption>
        <thead>
          <tr>
            <th>When</th>
            <th>What happened</th>
            <th class="no-phone">Said by</th>
          </tr>
        </thead>
        <tbody>
          {events.map(({ id, atMs, kind, text, by }) => (
            <tr key={id} data-kind={kind}>
              <td class="i3">{momentOf(atMs, nowMs)}</td>
              <td class={`what${kind === 'backup failed' ? ' bad' : ''}`}>
                <Glyph name={glyphs[kind] ?? 'quiet'} /> <bdi>{text}</bdi>
              </td>
              <td class="i3 no-phone">{by}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
