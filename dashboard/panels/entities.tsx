/** Devices, or whatever a source's entity is: how many report, and each one's last values, worst first. */
import type { JSX } from 'preact'
import type { EntitiesAnswer, EntityRow } from '../../query-api/wire.ts'
import { Glyph } from '../ui/icons.tsx'
import { filters, known, unfolded, waiting } from '../state/slots.ts'
import { second, serverNowMs } from '../state/clock.ts'
import { countOf, slots } from '../plan/plan.ts'
import type { EntitiesSpec } from '../plan/section.ts'
import { amount, momentOf, span } from '../format/format.ts'
import { plural, valueName, words } from '../format/names.ts'
import { mean } from '../format/values.ts'
import { Name } from '../ui/name.tsx'
import { Panel } from './panel.tsx'
import { toggleFold } from './row-fold.tsx'
import { BudgetNote, Why } from './explanation.tsx'

const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : typeof value === 'number' ? mean(value) : valueName('', value)

/** Fields that are the unit of the number before them. */
const isUnit = (field: string): boolean => /(?:^|_)(?:unit|uom|currency)$/i.test(field)

/** "4.2 °C" where one is the other's unit; else beside each other: "120, DE". */
const lastText = (one: EntityRow['last'][number], of: readonly string[]): string => {
  let said = ''
  for (const field of of) {
    const part = text(one.values[field])
    if (part !== '') said += said === '' ? part : `${isUnit(field) ? '\u202f' : ', '}${part}`
  }
  return said
}

/** Seconds without a decimal above ten, so that a row does not flicker. */
const ago = (ms: number): string => (ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)}\u202fs` : span(ms))

function Row({ row, nowMs, of }: { row: EntityRow; nowMs: number; of: readonly string[] }): JSX.Element {
  const quiet = row.status === 'quiet'
  // Nobody knows when it was really heard last: its clock is wrong.
  const ahead = row.status === 'ahead'
  const newest = row.last.toSorted((a, b) => b.atMs - a.atMs)[0]
  const rest = row.last.filter((one) => one !== newest).slice(0, 2)
  return (
    <div class="dev" data-status={row.status} data-key={row.entity} role="listitem">
      <span class={ahead ? 'warn' : quiet ? 'i2' : 'i3'}>
        <Glyph name={ahead ? 'stale' : quiet ? 'quiet' : 'ok'} />
        <span class="sr">{ahead ? 'its clock is ahead' : quiet ? 'quiet' : 'reporting'}</span>
      </span>
      <span class="cut">
        <span class="id cut">
          <Name text={valueName('', row.entity)} />
        </span>
        <span class="why cut">
          {ahead
            ? `Its clock is ${span(row.skewMs)} ahead`
            : quiet
              ? `Quiet since ${momentOf(row.seenMs, nowMs)}`
              : rest.map((one) => `${valueName('', one.by)} ${lastText(one, of)}`).join(', ')}
        </span>
      </span>
      <span class={`v cut${quiet ? ' i3' : ''}`}>
        {newest === undefined ? '' : lastText(newest, of)}
        {newest?.by != null && newest.by !== row.entity && <span class="why cut">{newest.by}</span>}
      </span>
      <span class="ago">{ahead ? '' : ago(nowMs - row.seenMs)}</span>
    </div>
  )
}

/** How many there are of each kind. Before it is known nothing is counted: a 0 would say that there are none. */
function Counts({ answer, isLoading }: { answer: EntitiesAnswer | null; isLoading: boolean }): JSX.Element {
  if (answer === null)
    return (
      <>
        <div class="statbar" />
        <div class="counts">{isLoading ? '\u00a0' : 'no answer'}</div>
      </>
    )
  const { counts, meta } = answer
  return (
    <>
      <div class="statbar" role="img" aria-label={`${counts.quiet} quiet, ${counts.online} reporting`}>
        {counts.quiet > 0 && (
          <i class="quiet" style={{ width: `${((counts.quiet / counts.total) * 100).toFixed(2)}%` }} />
        )}
        <i class="ok" />
      </div>
      <div class="counts">
        <span>
          <Glyph name="quiet" />
          <b>{amount(counts.quiet)}</b>quiet over {span(meta.onlineMs)}
        </span>
        <span>
          <Glyph name="ok" />
          <b>{amount(counts.online)}</b>reporting
        </span>
        {counts.ahead > 0 && (
          <span class="warn" title="Their clocks are wrong: they move no clock but their own">
            <Glyph name="stale" />
            <b>{amount(counts.ahead)}</b>ahead of time
          </span>
        )}
      </div>
    </>
  )
}

export function Entities({ spec }: { spec: EntitiesSpec }): JSX.Element {
  const { source, name } = spec
  const slot = slots.entities(source.source)
  const { answer, problem } = known<EntitiesAnswer>(slot)
  const field = source.entity?.field ?? source.key
  const loading = problem === null && (answer === null || waiting(slot))
  const counts = answer?.counts ?? { online: 0, quiet: 0, ahead: 0, total: 0 }
  const open = unfolded.value.has(name)
  const count = countOf(source)
  void second.value
  const nowMs = serverNowMs()
  const rows = loading ? [] : (answer?.rows ?? [])
  return (
    <Panel
      title={words(plural(field))}
      unit="quietest first"
      width="w4"
      of={
        answer !== null
          ? [slot, ...(count === undefined ? [] : [slots.total(count)])]
          : problem === null
            ? null
            : []
      }
      name={name}
    >
      <Counts answer={answer} isLoading={loading} />
      <div
        class={`devs${open ? ' open' : ''}`}
        role="list"
        aria-label={words(plural(field))}
        tabIndex={open ? 0 : undefined}
      >
        {rows.map((row, i) => (
          // By place: the longest silent changes the text of a row, and moves none.
          <Row key={i} row={row} nowMs={nowMs} of={answer!.meta.of} />
        ))}
        {loading &&
          Array.from({ length: 6 }, (_, i) => (
            <div key={i} class="dev">
              <span />
              <span class="sk" style="height:14px" />
            </div>
          ))}
      </div>
      {!loading && problem === null && rows.length === 0 && <p class="i3 none">nothing reported yet</p>}
      {problem !== null && <Why problem={problem} />}
      <div class="foot">
        {counts.total > rows.length || open ? (
          <button type="button" class="link" onClick={() => toggleFold(name)}>
            {open
              ? 'Fewer'
              : counts.total > 100
                ? `100 of ${amount(counts.total)} ${plural(field)}`
                : `All ${amount(counts.total)} ${plural(field)}`}
          </button>
        ) : null}
        <BudgetNote source={source.source} by={field} kind="entities" />
      </div>
      {filters.value.length > 0 && <p class="note">Not filtered: all {plural(field)} are listed.</p>}
    </Panel>
  )
}
