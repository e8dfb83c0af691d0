import { describe, expect, test } from 'vitest'
import { freshness, worst, type Evidence, type FreshState } from '../../dashboard/freshness/freshness.ts'
import { clockTimeMs } from '../../dashboard/format/format.ts'

const asOfMs = Date.UTC(2026, 10, 23, 12, 0, 3, 214)
const at = clockTimeMs(asOfMs)
const well: Evidence = {
  asOfMs,
  lagMs: 41,
  complete: 1,
  behindRecords: 0,
  drainPerS: null,
  sinceArrivedMs: 0,
  sinceMovedMs: 0,
  endKnown: true,
  seldom: false,
  failing: false,
  retryInMs: null,
  emptyLog: false,
  rebuilding: null,
  error: null,
  held: false,
}
const said = (e: Evidence): string =>
  freshness(e)
    .words.map((word) => `${word.text}${word.tail ?? ''}`)
    .join('')
    .replaceAll('\u202f', ' ')

const table: [name: string, change: Partial<Evidence>, state: FreshState, words: string, short: string][] = [
  ['all well', {}, 'exact', `exact as of ${at}, 41 ms behind`, 'exact'],
  [
    'a quiet source between two heartbeats',
    { lagMs: 900, sinceArrivedMs: 900 },
    'exact',
    `exact as of ${at}, 900 ms behind`,
    'exact',
  ],
  [
    'an approximation says by how much it may be off',
    { error: { relative: 0.0081, is: 'deviation' } },
    'approx',
    `± 0.8 % as of ${at}, 41 ms behind`,
    '± 0.8 %',
  ],
  [
    'an approximation that is in doubt is still one',
    { complete: 0.987, error: { relative: 0.01, is: 'bound' } },
    'partial',
    `98.7 % complete, as of ${at}, ± 1 %`,
    '98.7 %',
  ],
  [
    'a small backlog under a second is the breath of batches',
    { lagMs: 700, behindRecords: 200 },
    'exact',
    `exact as of ${at}, 700 ms behind`,
    'exact',
  ],
  [
    'read while held',
    { held: true, sinceArrivedMs: 60_000, sinceMovedMs: 60_000 },
    'held',
    `held as of ${at}`,
    'held',
  ],
  [
    'held while it was whole in part only',
    { held: true, complete: 0.5, sinceArrivedMs: 60_000 },
    'partial',
    `50 % complete, as of ${at}`,
    '50 %',
  ],
  [
    'held while records waited',
    { held: true, behindRecords: 40, lagMs: 4000, sinceArrivedMs: 60_000, sinceMovedMs: 60_000 },
    'behind',
    `40 records wait, as of ${at}`,
    'behind',
  ],
  ['an empty log', { emptyLog: true }, 'exact', `exact as of ${at}, the log is empty`, 'exact'],
  [
    'one partition of eight without a worker',
    { complete: 0.875, lagMs: 60_000 },
    'partial',
    `87.5 % complete, as of ${at}`,
    '87.5 %',
  ],
  ['nearly whole is not whole', { complete: 0.99996 }, 'partial', `99.9 % complete, as of ${at}`, '99.9 %'],
  ['nothing counted yet', { asOfMs: null, lagMs: null }, 'partial', 'nothing counted yet', 'no data'],
  ['a backlog', { lagMs: 4000, behindRecords: 3412 }, 'behind', 'catching up, 3,412 records', 'behind'],
  [
    'a shrinking backlog',
    { lagMs: 4000, behindRecords: 3412, drainPerS: 853 },
    'behind',
    'catching up, 3,412 records, about 4 s',
    'behind',
  ],
  [
    'an old mark that moves is catching up',
    { lagMs: 7_200_000, behindRecords: 1, drainPerS: -5 },
    'behind',
    'catching up, 1 record',
    'behind',
  ],
  [
    'an old mark that stands',
    { lagMs: 12_000, behindRecords: 50, sinceMovedMs: 12_000 },
    'stale',
    `stale 12 s, as of ${at}`,
    'stale 12 s',
  ],
  [
    'a mark that is some seconds old, though nobody knows of a record that waits',
    { lagMs: 3_000 },
    'behind',
    `3 s behind, as of ${at}`,
    'behind',
  ],
  ['just before stale', { lagMs: 9_999 }, 'behind', `9 s behind, as of ${at}`, 'behind'],
  [
    'a record waits and the mark stands',
    { lagMs: 200, behindRecords: 1, sinceArrivedMs: 200, sinceMovedMs: 3_200 },
    'behind',
    `1 record waits, as of ${at}`,
    'behind',
  ],
  [
    'a record waits for more than a breath',
    { lagMs: 900, behindRecords: 1, sinceArrivedMs: 150, sinceMovedMs: 900 },
    'behind',
    'catching up, 1 record',
    'behind',
  ],
  [
    'nobody asked Kafka where the log ends',
    { endKnown: false },
    'behind',
    `the log's end is not known, as of ${at}`,
    'behind',
  ],
  [
    'the store hangs: no word for some seconds',
    { sinceArrivedMs: 4_000, sinceMovedMs: 4_000 },
    'stale',
    `no answer for 4 s, as of ${at}`,
    'no answer',
  ],
  [
    'the newest word is that there is no answer',
    { failing: true, sinceArrivedMs: 1_500 },
    'stale',
    `no answer for 1 s, as of ${at}`,
    'no answer',
  ],
  [
    'a list says nothing while its rows stay the same',
    { seldom: true, sinceArrivedMs: 7_000, sinceMovedMs: 7_000 },
    'exact',
    `exact as of ${at}, 41 ms behind`,
    'exact',
  ],
  [
    'but not for ever',
    { seldom: true, sinceArrivedMs: 9_000 },
    'stale',
    `no answer for 9 s, as of ${at}`,
    'no answer',
  ],
  ['just stale', { lagMs: 10_000 }, 'stale', `stale 10 s, as of ${at}`, 'stale 10 s'],
  ['nobody counts', { complete: 0, lagMs: 3_000 }, 'stale', `stale 3 s, as of ${at}`, 'stale 3 s'],
  [
    'the API answers no more, though the stream stands',
    { sinceArrivedMs: 131_000, sinceMovedMs: 131_000, behindRecords: 9, complete: 0.5 },
    'stale',
    `no answer for 2 min 11 s, as of ${at}`,
    'no answer',
  ],
  [
    'a newer definition is being counted',
    { rebuilding: 0.628, lagMs: 60_000, sinceMovedMs: 60_000 },
    'behind',
    'rebuilding, 62 %',
    'rebuilding',
  ],
  ['rebuilt but for the swap is not done', { rebuilding: 1 }, 'behind', 'rebuilding, 99 %', 'rebuilding'],
  [
    'the stream is lost',
    { retryInMs: 2_400, complete: 0.5, lagMs: 60_000 },
    'lost',
    `reconnecting in 3 s, as of ${at}`,
    'lost',
  ],
  ['a try is under way', { retryInMs: 0 }, 'lost', `reconnecting, as of ${at}`, 'lost'],
  [
    'lost before anything was known',
    { retryInMs: 1000, asOfMs: null },
    'lost',
    'reconnecting in 1 s',
    'lost',
  ],
]

describe('freshness', () => {
  test.each(table)('%s', (_name, change, state, words, short) => {
    const found = freshness({ ...well, ...change })
    expect(found.state).toBe(state)
    expect(said({ ...well, ...change })).toBe(words)
    expect(found.short.replaceAll('\u202f', ' ')).toBe(short)
  })

  test('a page is as fresh as its worst panel, and of equals as the oldest', () => {
    const older = { ...well, asOfMs: asOfMs - 500 }
    const partial = { ...well, complete: 0.5 }
    expect(worst([well, older])).toBe(older)
    expect(worst([well, partial, older])).toBe(partial)
    expect(worst([])).toBeUndefined()
  })
})
