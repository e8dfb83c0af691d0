/** What is to be known of this answer: where it came from, up to which offsets, how exact it is, and what would make it quicker. */
import type { JSX } from 'preact'
import type { Provenance, SeriesAnswer } from '../../query-api/wire.ts'
import { amount, fixed, momentOf } from '../format/format.ts'
import { words } from '../format/names.ts'
import { errorWords } from '../freshness/freshness.ts'
import { Panel } from '../panels/panel.tsx'
import { progressWords } from '../panels/reading.tsx'
import { scanOf } from '../panels/scanning.ts'
import { CopyButton } from '../ui/copy.tsx'
import { zoneId } from '../format/zone.ts'
import { isAcross, type Ask } from './ask.ts'
import { lineToAdd } from './questions.ts'
import { asking, seriesBehind } from './state.ts'

const offsets = ({ vector }: Provenance): number => Object.values(vector).reduce((sum, next) => sum + next, 0)

/** Each fact as a term and its words. */
function facts(answer: SeriesAnswer): readonly (readonly [string, string])[] {
  const { meta } = answer
  const { approximate, partial, lostBeforeMs } = meta
  return [
    [
      'Read',
      meta.from === 'cells'
        ? 'from cells: a breakdown keeps it ready'
        : `from the log: ${amount(meta.scannedRecords ?? 0)} records read, then kept live`,
    ],
    [
      'Range',
      `${momentOf(meta.fromMs)} to ${momentOf(meta.toMs)}, ${(meta.tz ?? zoneId()).replaceAll('_', ' ')}`,
    ],
    ['Error', approximate === undefined ? 'none: every value is exact' : errorWords(approximate)],
    [
      'Counted',
      `${fixed(offsets(meta), 0)} records of ${meta.topic}, ${meta.partitions} partitions, definition ${meta.def.slice(0, 8)}`,
    ],
    ...(meta.per === undefined
      ? []
      : [
          [
            'Divided by',
            `${fixed(
              Object.values(meta.per.vector).reduce((sum, next) => sum + next, 0),
              0,
            )} records of ${meta.per.topic}, definition ${meta.per.def.slice(0, 8)}`,
          ] as const,
        ]),
    ...(lostBeforeMs === undefined
      ? []
      : [['Lost', `records before ${momentOf(lostBeforeMs)} are gone from the log`] as const]),
    ...(partial === undefined
      ? []
      : [
          [
            'Not covered',
            `parts of ${partial.length === 1 ? 'one step' : `${partial.length} steps`}: no window that is kept divides them there`,
          ] as const,
        ]),
    ...(meta.unnamedLeftOut === true
      ? [['Left out', 'events whose values the budget gave no name that a filter could judge'] as const]
      : []),
    ...(meta.cutLeftOut === true
      ? [['Left out', 'events whose text is kept cut, where the filter would need the rest'] as const]
      : []),
  ]
}

export function Answer({ ask }: { ask: Ask }): JSX.Element {
  const behind = seriesBehind(ask, 0)
  const { of } = behind
  const sure = of !== null && !behind.ghost && !behind.waits
  const scan = scanOf(behind.slots)
  const line = sure && of.meta.from === 'log' ? lineToAdd(ask, asking.value) : null
  return (
    <Panel
      title="This answer"
      width={ask.by.length > 0 ? 'w4' : 'w12'}
      of={sure ? behind.slots : behind.problem === null ? null : []}
      name="explore-answer"
    >
      {!sure ? (
        <p class="i3">
          {scan === null
            ? behind.problem === null
              ? 'waiting for it'
              : 'none: see above'
            : progressWords(scan)}
        </p>
      ) : (
        <>
          <dl class="kv">
            {facts(of).map(([term, text]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </div>
            ))}
            {ask.shown.some(({ per }) => per !== null) && (
              <div>
                <dt>Ratio</dt>
                <dd>
                  both are added up over the same {ask.shown.some(isAcross) ? 'windows' : 'events'}, then
                  divided; never averaged
                </dd>
              </div>
            )}
          </dl>
          {line !== null && (
            <div class="sooner" data-line>
              <p>
                A breakdown of{' '}
                {[...new Set(line.replace(/.*\[|\]/g, '').split(', '))]
                  .map((name) => words(name).toLowerCase())
                  .join(', ')}{' '}
                answers this at once. In the definition, under {ask.source.source}:
              </p>
              <code>{line}</code>
              <CopyButton text={() => line.replace('breakdowns: ', '')} label="copy the line" plain />
            </div>
          )}
        </>
      )}
    </Panel>
  )
}
