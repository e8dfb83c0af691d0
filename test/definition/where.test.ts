/** `where` of a metric: the conditions of queries, in the definition's hash, and what is wrong with them. */
import { expect, test } from 'vitest'
import { conditionText, parseCondition } from '../../model/condition-text.ts'
import { readDefinition } from '../../model/definition/file.ts'
import type { Metric } from '../../model/definition.ts'
import { definitionHash } from '../../store/calls/catalog.ts'

const sourceWith = (where: readonly string[]) =>
  readDefinition({
    sources: {
      sales: {
        topic: 'sales',
        key: 'who',
        time: 'ts',
        fields: { who: 'string?', paid: 'boolean?', tags: 'string[]', amount: 'number?' },
        metrics: { some: { count: true, where } },
      },
    },
    keep: { '1m': '2d' },
  })[0]!
const whereOf = (where: readonly string[]): Metric['where'] => sourceWith(where).metrics[0]!.where
const faultOf = (where: readonly string[]): string => {
  try {
    sourceWith(where)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('numbers, flags, lists and groups, as a query would say them', () => {
  expect(
    whereOf(['amount:between:10,20', 'paid:is:true', 'who:in:a,b\\,c', '(tags:is:x|amount:lt:0)']),
  ).toEqual([
    { field: 'amount', op: 'between', values: ['10', '20'] },
    { field: 'paid', op: 'is', values: ['true'] },
    { field: 'who', op: 'is', values: ['a', 'b,c'] },
    {
      any: [
        { field: 'tags', op: 'is', values: ['x'] },
        { field: 'amount', op: 'lt', values: ['0'] },
      ],
    },
  ])
})

test('they are part of the hash; spellings of one condition are one', () => {
  const hash = (where: readonly string[]): string => definitionHash(sourceWith(where))
  expect(hash(['amount:gt:10'])).not.toBe(hash(['amount:ge:10']))
  expect(hash(['who:in:a'])).toBe(hash(['who:is:a']))
  expect(hash(['(who:is:a)'])).toBe(hash(['who:is:a']))
})

test.each([
  [['who:gt:3'], 'where[0]: who is a text; gt compares numbers'],
  [['amount:gt:ten'], 'where[0]: gt takes a number, not ten, in amount:gt:ten'],
  [['amount:between:9,1'], 'where[0]: between takes the least first: 1,9'],
  [['amount:prefix:1'], 'where[0]: amount is a number; prefix is for texts'],
  [['paid:is:yes'], 'where[0]: paid is true or false, never yes'],
  [['who:is:a', '(who:is:a|nope:is:x)'], 'where[1]: nope is not among the fields'],
  [['(who:is:a|amount:gt:x)'], 'where[0]: in a group: gt takes a number, not x'],
  [['who:like:a'], 'it takes a condition such as type:is:page_view'],
  [['who:exists:maybe'], 'where[0]: exists takes true or false'],
])('%j is refused', (where, says) => expect(faultOf(where)).toContain(says))

test.each([
  'who:is:a\\,b,c',
  'who:is:\\\\\\\\__other__',
  '(who:not:a\\|b|amount:ge:-1.5)',
  'who:exists:false',
  'who:prefix:a\\\\',
])('what is said of %s is read back as the same', (text) => {
  const condition = parseCondition(text)
  expect(condition).toBeTypeOf('object')
  expect(parseCondition(conditionText(condition as never))).toEqual(condition)
})
