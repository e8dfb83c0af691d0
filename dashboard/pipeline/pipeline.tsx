/** The pipeline: where every partition stands, what became of every offset and event, what was refused and why. */
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { Glyph } from '../ui/icons.tsx'
import { still } from '../state/still.ts'
import { amount, bytes, momentOf } from '../format/format.ts'
import { Ledger } from './ledger.tsx'
import { StatusChip } from './status-chip.tsx'
import { beginPolling, fault, status } from './status-polling.ts'
import { eventLedger, offsetLedger } from './ledger.ts'
import { Partitions } from './partitions.tsx'
import { Rejects } from './rejects.tsx'
import { Ruler } from './ruler.tsx'
import { Troubles } from './troubles.tsx'

function Rebuilding(): JSX.Element | null {
  const filling = status.value?.sources.filter(({ rebuilding }) => rebuilding !== null) ?? []
  if (filling.length === 0) return null
  return (
    <section class="panel w12" data-panel="rebuilding" aria-label="Rebuilding">
      {filling.map(({ source, generation, rebuilding }) => {
        const percent = Math.min(99, Math.floor(rebuilding!.progress * 100))
        return (
          <div key={source} class="rebuild">
            <Glyph name="behind" />
            <span>
              <b>{source}</b> is rebuilding: generation {rebuilding!.generation} counts the log by a newer
              definition since {momentOf(rebuilding!.sinceMs)}.
              {rebuilding!.lost === true
                ? ' The store had lost numbers; what shows is what was counted again so far.'
                : ` Until it is done, numbers of generation ${generation} stand.`}
            </span>
            <span
              class="meter"
              role="progressbar"
              aria-label={`${source}, rebuilding`}
              aria-valuenow={percent}
              aria-valuemin={0}
              aria-valuemax={100}
            >
              <i style={{ width: `${percent}%` }} />
            </span>
            <b class="r">
              {percent}
              {'\u202f'}%
            </b>
          </div>
        )
      })}
    </section>
  )
}

function Generations(): JSX.Element {
  const { rewinds, sources, store, version } = status.value!
  const generations = sources.flatMap(({ source, generations }) =>
    (generations ?? []).map((one) => ({ source, ...one })),
  )
  return (
    <section class="panel w4" data-panel="generations" aria-label="Generations">
      <div class="ph">
        <h2>Generations</h2>
        <StatusChip />
      </div>
      <table class="rows">
        <caption class="sr">Generations of each source, and the store</caption>
        <thead>
          <tr>
            <th>Source</th>
            <th>Generation</th>
            <th>State</th>
            <th class="r">Since</th>
          </tr>
        </thead>
        <tbody>
          {generations.map((one) => (
            <tr key={`${one.source}${one.generation}`}>
              <td>{one.source}</td>
              <td class="i2">
                {one.generation}, {one.def.slice(0, 8)}
              </td>
              <td class="i2">{one.state}</td>
              <td class="r i3">{momentOf(one.sinceMs)}</td>
            </tr>
          ))}
          {store.map(({ node, usedBytes, maxBytes }) => (
            <tr key={node}>
              <td>Store</td>
              <td class="i2" colSpan={2}>
                {node}, memory {maxBytes > 0 ? `of ${bytes(maxBytes)}` : 'without a limit'}
              </td>
              <td class="r num" data-store={usedBytes}>
                {bytes(usedBytes)}
              </td>
            </tr>
          ))}
          <tr>
            <td>Rewinds</td>
            <td class="i2" colSpan={2}>
              the store stood before the log's commit
            </td>
            <td class="r num" data-rewinds={rewinds}>
              {amount(rewinds)}
            </td>
          </tr>
        </tbody>
      </table>
      <div class="foot">
        Tidemark {version}; the log was replayed after each rewind, and nothing was counted twice.
      </div>
    </section>
  )
}

export function Pipeline(): JSX.Element {
  useEffect(() => beginPolling(() => still.peek()), [])
  const answer = status.value
  if (answer === null)
    return (
      <>
        <h1 class="sr">Pipeline</h1>
        <div class="wait">
          {fault.value !== null && (
            <p class="i2">
              The API does not tell where things stand: {fault.value}. It is asked again each second.
            </p>
          )}
        </div>
      </>
    )
  const names = answer.sources.map(({ source }) => source)
  const ahead = answer.sources.reduce(
    (sum, { partitions }) => sum + partitions.reduce((all, one) => all + one.ahead, 0),
    0,
  )
  return (
    <>
      <h1 class="sr">Pipeline</h1>
      <div class="sheet">
        <Troubles status={answer} />
        <Rebuilding />
        <Ruler />
        <Partitions status={answer} />
        <section class="panel w8" data-panel="ledger" aria-label="Ledger">
          <div class="ph">
            <h2>Ledger</h2>
            <span class="unit">since the generation that answers began</span>
            <StatusChip />
          </div>
          <Ledger
            title="Offsets"
            sources={names}
            ledger={offsetLedger(answer.sources)}
            total="next minus first"
            rule="must equal the rows above"
          />
          <Ledger
            title="Events"
            sources={names}
            ledger={eventLedger(answer.sources)}
            total="events in the data"
            rule="the rows above; at least one a data record"
          />
          {ahead > 0 && (
            <p class="note">
              Of the counted ones, {amount(ahead)} say a time that is ahead and that no other device
              confirmed. They move no clock; /v1/entities names who sent them.
            </p>
          )}
        </section>
        <Generations />
        <Rejects
          rows={answer.recentRejects}
          total={answer.sources.reduce(
            (sum, { partitions }) => sum + partitions.reduce((all, { events }) => all + events.rejected, 0),
            0,
          )}
        />
      </div>
    </>
  )
}
