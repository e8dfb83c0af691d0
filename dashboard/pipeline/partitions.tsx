import type { JSX } from 'preact'
import type { PartitionStatus, StatusAnswer } from '../../query-api/wire.ts'
import { Glyph } from '../ui/icons.tsx'
import { amount, fixed, milliseconds, momentOf, short, span } from '../format/format.ts'
import { behindOf, isCounted, lagOf, MOST_LOOKS, stateWords } from './partition-state.ts'
import { traces } from './status-polling.ts'
import { StatusChip } from './status-chip.tsx'

/** Steps of the strip, ms behind: the lightest says nothing, the strongest is far past the promise. */
const steps = [100, 250, 500, 1000, 1500, 3000]
const stepOf = (ms: number): number => steps.findIndex((most) => ms <= most) + 1 || 7

const behindText = (ms: number): string => (ms < 2000 ? milliseconds(ms) : span(ms))

function Strip({ name }: { name: string }): JSX.Element {
  const { behindMs } = traces.value.get(name) ?? { behindMs: [] }
  const cells = [...Array.from({ length: MOST_LOOKS - behindMs.length }, () => undefined), ...behindMs]
  return (
    <span class="heat" role="img" aria-label={`milliseconds behind, last ${behindMs.length} seconds`}>
      {cells.map((ms, i) => (
        <i key={i} class={ms === undefined ? '' : ms === null ? 'h0' : `q${stepOf(ms)}`} />
      ))}
    </span>
  )
}

function Row({
  source,
  one,
  first,
  nowMs,
  sure,
}: {
  source: string
  one: PartitionStatus
  first: boolean
  nowMs: number
  sure: boolean
}): JSX.Element {
  const name = `${source}/${one.partition}`
  const lag = lagOf(one)
  const behind = behindOf(one, nowMs)
  const perS = traces.value.get(name)?.perS ?? null
  const counted = isCounted(one)
  const loud = counted ? '' : ' warn strong'
  const least = sure ? '' : '≥\u202f'
  return (
    <tr
      class={first ? 'group' : ''}
      data-partition={name}
      data-state={one.state}
      data-next={one.next}
      data-lag={lag}
    >
      <td>
        <span
          class={counted ? 'accent' : one.state === 'halted' || one.state === 'damaged' ? 'bad' : 'warn'}
          title={one.why ?? stateWords[one.state]}
        >
          <Glyph
            name={
              one.state === 'counted'
                ? 'exact'
                : one.state === 'behind'
                  ? 'behind'
                  : one.state === 'stale'
                    ? 'stale'
                    : one.state === 'unopened'
                      ? 'quiet'
                      : 'bad'
            }
          />
          <span class="sr">{stateWords[one.state]}</span>
        </span>
      </td>
      <td>
        {name}
        {!counted && <span class="xs warn"> {stateWords[one.state]}</span>}
      </td>
      <td class="r">{fixed(one.next, 0)}</td>
      <td
        class="r i3 no-phone"
        title={sure ? 'As Kafka says' : 'As its worker last saw; Kafka was not asked'}
      >
        {least}
        {fixed(one.end, 0)}
      </td>
      <td class={`r${loud}`}>
        {least}
        {amount(lag)}
      </td>
      <td class={`r w${loud}`}>{behind === null ? 'no data' : behindText(behind)}</td>
      <td class="r no-phone w">{perS === null ? 'no data' : short(perS, perS < 10 ? 1 : 0)}</td>
      <td class="r i3 no-phone w">{one.logClockMs === null ? 'no data' : momentOf(one.logClockMs, nowMs)}</td>
      <td class="no-phone strip">
        <Strip name={name} />
      </td>
    </tr>
  )
}

export function Partitions({ status }: { status: StatusAnswer }): JSX.Element {
  const all = status.sources.flatMap(({ partitions }) => partitions)
  const counted = all.filter(isCounted).length
  return (
    <section class="panel w12" data-panel="partitions" aria-label="Partitions">
      <div class="ph">
        <h2>Partitions</h2>
        <span class="unit">
          {counted} of {all.length} counted
        </span>
        <StatusChip />
      </div>
      <table class="rows parts">
        <caption class="sr">Partitions: where each stands, and how far behind</caption>
        <thead>
          <tr>
            <th>
              <span class="sr">State</span>
            </th>
            <th>Partition</th>
            <th class="r">Counted to</th>
            <th class="r no-phone">Log end</th>
            <th class="r">Lag</th>
            <th class="r">Behind</th>
            <th class="r no-phone">Events/s</th>
            <th class="r no-phone">Log clock</th>
            <th class="no-phone strip">
              <span class="ramp">
                Behind, last minute
                <span class="push">0</span>
                {[1, 2, 3, 4, 5, 6, 7].map((step) => (
                  <i key={step} class={`q${step}`} />
                ))}
                <span>3{'\u202f'}s</span>
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {status.sources.flatMap(({ source, partitions, provenance }) =>
            partitions.map((one, i) => (
              <Row
                key={`${source}/${one.partition}`}
                source={source}
                one={one}
                first={i === 0}
                nowMs={status.nowMs}
                sure={provenance.logEnd.from === 'kafka'}
              />
            )),
          )}
        </tbody>
      </table>
    </section>
  )
}
