/** Conditions on fields: how they are written, what is wrong with them, and which events meet them. */
import { describe, expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import {
  conditionFault,
  conditionKey,
  parseCondition,
  type Condition,
} from '../../../query-api/language/conditions.ts'
import { DecodedBatch } from '../../../model/columns/batch.ts'
import { compileRecordDecoder } from '../../../model/scan/decoder.ts'
import { compileConditions } from '../../../query-api/scan/predicate.ts'
import { fieldsIn } from '../../../query-api/language/conditions.ts'
import { openBatch } from '../../../log/walk.ts'
import { makeBatch } from '../../log/batches.ts'

const source = readDefinition({
  sources: {
    sales: {
      topic: 'sales',
      key: 'who',
      time: 'ts',
      fields: { who: 'string?', paid: 'boolean?', tags: 'string[]', amount: 'number?' },
      breakdowns: [],
      metrics: { events: 'count' },
    },
  },
  keep: { '1m': '2d' },
})[0]!

const parsed = (text: string): Condition => {
  const condition = parseCondition(text)
  if (typeof condition === 'string') throw new Error(`${text}: ${condition}`)
  return condition
}

describe('as written', () => {
  test.each([
    ['amount:gt:10', { field: 'amount', op: 'gt', values: ['10'] }],
    ['amount:between:-1.5,2e3', { field: 'amount', op: 'between', values: ['-1.5', '2e3'] }],
    ['who:is:a,b', { field: 'who', op: 'is', values: ['a', 'b'] }],
    ['(who:is:a)', { field: 'who', op: 'is', values: ['a'] }],
    [
      '(who:is:a\\|b\\,c|amount:le:0)',
      {
        any: [
          { field: 'who', op: 'is', values: ['a|b,c'] },
          { field: 'amount', op: 'le', values: ['0'] },
        ],
      },
    ],
  ])('%s', (text, wanted) => expect(parseCondition(text)).toEqual(wanted))

  test.each([
    ['amount:gt:', 'gt takes a number, not nothing'],
    ['amount:gt:ten', 'gt takes a number, not ten'],
    ['amount:gt:1e999', 'gt takes a number, not 1e999'],
    ['amount:gt:0x10', 'gt takes a number, not 0x10'],
    ['amount:gt:1,2', 'gt takes one number'],
    ['amount:between:1', 'between takes two numbers, the least and the greatest'],
    ['amount:between:2,1', 'between takes the least first: 1,2'],
    [
      'who:matches:.*',
      /^unknown operator matches; known are is, not, prefix, contains, exists, gt, ge, lt, le, between$/,
    ],
    ['(who:is:a', 'a group begins with ( and ends with )'],
    ['(who:is:a|nothing)', 'in a group: not of the form FIELD:OPERATOR:VALUES, such as country:is:DE'],
    [`(${Array(17).fill('who:is:a').join('|')})`, 'at most 16 conditions in a group'],
  ])('%s is refused', (text, why) =>
    typeof why === 'string'
      ? expect(parseCondition(text)).toBe(why)
      : expect(parseCondition(text)).toMatch(why),
  )

  test.each([
    ['who:gt:1', 'who is a text; gt compares numbers'],
    ['paid:gt:1', 'paid is true or false; gt compares numbers'],
    ['amount:prefix:1', 'amount is a number; prefix is for texts'],
    ['amount:is:much', 'amount is a number; much is none'],
    ['paid:is:yes', 'paid is true or false, never yes'],
    ['(who:is:a|nobody:is:b)', 'sales has no field nobody; it has who, paid, tags, amount'],
    ['paid:is:true', null],
    ['amount:exists:false', null],
  ])('%s: %s', (text, why) => expect(conditionFault(parsed(text), source)).toBe(why))

  test('what means the same has one key', () => {
    expect(conditionKey(parsed('(who:is:b,a|amount:gt:1.0)'))).toBe(
      conditionKey(parsed('(amount:gt:1|who:is:a,b)')),
    )
    expect(conditionKey(parsed('amount:gt:1'))).not.toBe(conditionKey(parsed('amount:ge:1')))
  })
})

const EVENTS = [
  { ts: 1e12, who: 'anna', paid: true, tags: ['x', 'y'], amount: 10 },
  { ts: 1e12, who: 'bert', paid: false, tags: ['y'], amount: 10.5 },
  { ts: 1e12, who: 'ann|a', tags: [], amount: -3 },
  { ts: 1e12 },
]

/** Which of the events meet them. */
function meeting(...texts: string[]): number[] {
  const conditions = texts.map(parsed)
  const batch = new DecodedBatch(source, fieldsIn(conditions))
  const decode = compileRecordDecoder(source, batch)
  const cursor = openBatch(
    makeBatch({
      records: EVENTS.map((event, offsetDelta) => ({
        offsetDelta,
        key: null,
        value: Buffer.from(JSON.stringify(event)),
      })),
    }),
  )
  while (cursor.next()) decode(cursor, 1e12)
  const meets = compileConditions(conditions, source, batch)
  return EVENTS.flatMap((_, at) => (meets(at) ? [at] : []))
}

describe('which events meet', () => {
  test.each([
    [['amount:gt:10'], [1]],
    [['amount:ge:10'], [0, 1]],
    [['amount:lt:10'], [2]],
    [['amount:le:10'], [0, 2]],
    [['amount:between:-3,10'], [0, 2]],
    [['amount:is:10,10.50'], [0, 1]],
    [['amount:not:10'], [1, 2, 3]],
    [['amount:exists:false'], [3]],
    [['paid:is:true'], [0]],
    [['paid:not:true'], [1, 2, 3]],
    [['tags:is:y'], [0, 1]],
    [['tags:is:x,y'], [0, 1]],
    [['tags:not:x'], [1, 2, 3]],
    [['tags:exists:true'], [0, 1]],
    [['who:prefix:ann'], [0, 2]],
    [['who:contains:n'], [0, 2]],
    [['(who:is:ann\\|a|amount:gt:10)'], [1, 2]],
    [
      ['(who:is:bert|paid:is:true)', 'amount:ge:10'],
      [0, 1],
    ],
    [['who:exists:true', 'tags:not:y', 'amount:lt:0'], [2]],
    [[], [0, 1, 2, 3]],
  ])('%j: %j', (texts, wanted) => expect(meeting(...texts)).toEqual(wanted))
})
