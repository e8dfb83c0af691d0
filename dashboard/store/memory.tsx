/** Memory: what is in use, by kind, how it grew over the last day, and where that leads. */
import type { JSX } from 'preact'
import type { MemoryKind, StoreAnswer } from '../../query-api/wire.ts'
import { bytes, share } from '../format/format.ts'
import { StoreChip } from './chip.tsx'
import { MemoryChart } from './memory-chart.tsx'
import { NOT_KNOWN, paceWords } from './store-words.ts'

const kindSays: Record<MemoryKind, string> = {
  cells: 'the numbers: one cell a window, breakdown and name',
  names: 'values of breakdowns, and their ids',
  rankings: 'orders of names by a metric',
  feed: 'what each batch changed, for readers who follow',
  'last values': 'when each entity was seen last, and what it said',
  ids: 'of events, so that none is counted twice',
  readings: 'the latest of each series',
  facts: 'sessions, funnels, cohorts and journeys that go on, by which later events are judged',
  'recent events': 'the newest as they came, and those that were refused',
  'positions and notes': 'how far each partition is counted, definitions, upkeep',
  'other keys': 'of the rest of an application',
  data: 'cells, names, rankings, and all other keys',
  replication: 'kept for replicas that come back',
  clients: 'buffers of connections',
  'disk buffer': 'on its way to the file',
  server: 'tables of keys, functions, the server itself',
}

export function Memory({ answer }: { answer: StoreAnswer }): JSX.Element {
  const { kinds, usedBytes, samples, weighedShare } = answer.memory
  const hasHistory = samples !== null && samples.length > 1
  return (
    <section class="panel w8" data-panel="memory" aria-label="Memory by kind">
      <div class="ph">
        <h2>Memory by kind</h2>
        <span class="unit">of the primaries, with the forecast</span>
        <StoreChip />
      </div>
      <div class={hasHistory ? 'duo' : ''}>
        {hasHistory && <MemoryChart samples={samples!} forecast={answer.memory.forecast} />}
        <div>
          <table class="rows kinds">
            <caption class="sr">Memory by kind</caption>
            <thead>
              <tr>
                <th>Kind</th>
                {!hasHistory && <th class="no-phone">what it is</th>}
                <th class="r">in use</th>
                <th class="r">share</th>
              </tr>
            </thead>
            <tbody>
              {(kinds ?? []).map(({ kind, bytes: held }) => (
                <tr key={kind} title={kindSays[kind]}>
                  <td>{kind}</td>
                  {!hasHistory && <td class="i3 no-phone says">{kindSays[kind]}</td>}
                  <td class="r num">{bytes(held)}</td>
                  <td class="r i3">{share(held / Math.max(1, usedBytes))}</td>
                </tr>
              ))}
              <tr class="total">
                <td>all</td>
                {!hasHistory && <td class="no-phone" />}
                <td class="r num">{bytes(usedBytes)}</td>
                <td class="r i3">{kinds === null ? '' : share(1)}</td>
              </tr>
            </tbody>
          </table>
          {weighedShare !== null && weighedShare < 1 && (
            <p class="note">
              Kinds of keys: an estimate by the first {share(weighedShare)} of them; the rest is weighed while
              this page is open.
            </p>
          )}
          {kinds === null && <p class="note">By kind: {NOT_KNOWN}, the store does not tell (INFO memory).</p>}
          <p class="note" data-pace>
            {samples === null
              ? 'No history: no process keeps the store, or it may not be read. '
              : hasHistory
                ? ''
                : 'No history yet. '}
            {paceWords(answer)}
          </p>
        </div>
      </div>
    </section>
  )
}
