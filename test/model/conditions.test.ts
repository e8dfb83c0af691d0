/** Metrics with conditions count what an independent reading of the rule counts: the recount's, event by event. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { DecodedBatch } from '../../model/columns/batch.ts'
import { Conditions } from '../../model/columns/conditions.ts'
import { compileRecordDecoder } from '../../model/scan/decoder.ts'
import { openBatch } from '../../log/walk.ts'
import { makeBatch } from '../log/batches.ts'
import { needs } from '../harness/needs.ts'
import { sourceOf } from './scan-sources.ts'

const WHERES = [
  ['amount:gt:10'],
  ['amount:ge:10', 'amount:lt:1e2'],
  ['amount:between:-5,0.1'],
  ['amount:is:0,10.0'],
  ['amount:not:10'],
  ['amount:exists:false'],
  ['paid:is:true'],
  ['paid:not:true'],
  ['who:in:a,é'],
  ['who:prefix:a,b', 'who:not:b'],
  ['who:contains:é'],
  ['tags:is:x,y'],
  ['tags:not:x'],
  ['tags:exists:true'],
  ['(who:is:a|amount:gt:50)', '(tags:is:x|paid:is:false|amount:exists:false)'],
]
const VALUES = {
  who: ['a', 'b', 'abé', '', null],
  amount: [10, 0, -0, 0.1, 99.99, -5, 100, null],
  paid: [true, false, null],
  tags: [['x'], ['y', 'z'], [], null],
}
const PROGRAM = `
import json, sys
from decode import judged, Record
from definition import Source, holds
given = json.load(sys.stdin)
source = Source(given["source"])
events = [judged(source, event.encode(), Record(None))[0][0][1] for event in given["events"]]
print(json.dumps([[holds(metric.where, values) for metric in source.metrics] for values in events]))
`

needs('python3').test('conditions hold for the same events in the worker and in the recount', () => {
  const source = sourceOf({
    topic: 't',
    key: 'who',
    time: 'ts',
    fields: { who: 'string?', paid: 'boolean?', tags: 'string[]', amount: 'number?' },
    metrics: Object.fromEntries(WHERES.map((where, n) => [`m${n}`, { count: true, where }])),
  })
  const events = VALUES.who.flatMap((who) =>
    VALUES.amount.flatMap((amount) =>
      VALUES.paid.flatMap((paid) =>
        VALUES.tags.map((tags) => JSON.stringify({ ts: 1_795_555_607_000, who, amount, paid, tags })),
      ),
    ),
  )
  const batch = new DecodedBatch(source)
  const decode = compileRecordDecoder(source, batch)
  const records = events.map((event, offsetDelta) => ({ offsetDelta, key: null, value: Buffer.from(event) }))
  const cursor = openBatch(makeBatch({ records }))
  while (cursor.next()) decode(cursor, NaN)
  const conditions = source.metrics.map(
    ({ where }) => new Conditions(where, source, batch.layout, batch.dictionary),
  )
  const mine = events.map((_, event) => conditions.map((one) => one.hold(batch.events, event)))
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', PROGRAM], {
    cwd: join(import.meta.dirname, '../../audit'),
    input: JSON.stringify({ source, events }),
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stderr).toBe('')
  const twin = JSON.parse(stdout) as boolean[][]
  for (const [n, event] of events.entries()) expect([event, mine[n]]).toEqual([event, twin[n]])
  // Each holds for some and not for all.
  for (const [m] of WHERES.entries()) {
    const held = mine.filter((row) => row[m]).length
    expect(held, WHERES[m]!.join(' ')).toBeGreaterThan(0)
    expect(held, WHERES[m]!.join(' ')).toBeLessThan(events.length)
  }
})
