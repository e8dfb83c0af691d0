/** What is told of slow logs: which command, how long, when, where; never what it was called with. */
import { expect, test } from 'vitest'
import { slowCalls } from '../../../query-api/service/slow-calls.ts'
import { functionName } from '../../../store/functions.ts'
import { slowWords } from '../../../dashboard/store/store-words.ts'

const entry = (seconds: number, us: number, ...words: string[]): unknown[] => [
  7,
  seconds,
  us,
  words,
  '10.0.0.7:5000',
  'secret client',
]
const node = (name: string, log: unknown, overUs: number | null = 10_000) => ({ node: name, log, overUs })

test('the newest first, of all nodes; arguments, callers and the names of functions of others stay untold', () => {
  const slow = slowCalls([
    node('a', [
      entry(30, 20_000, 'SET', 'app:session:secret', 'secret'),
      entry(10, 61_000, 'fcall', functionName('apply'), '1', 'tm:{secret}'),
    ]),
    node('b', [entry(20, 12_000, 'FCALL', 'secret_function', '0'), entry(15, 11_000, 'secret words', 'x')]),
  ])
  expect(slow.calls).toEqual([
    { node: 'a', atMs: 30_000, command: 'set', tookUs: 20_000 },
    { node: 'b', atMs: 20_000, command: 'fcall', tookUs: 12_000 },
    { node: 'b', atMs: 15_000, command: 'another command', tookUs: 11_000 },
    { node: 'a', atMs: 10_000, command: 'fcall apply', tookUs: 61_000 },
  ])
  expect(JSON.stringify(slow)).not.toContain('secret')
  expect(slow).toMatchObject({ overUs: 10_000, untold: [], off: [] })
  const many = slowCalls([
    node(
      'a',
      Array.from({ length: 30 }, (_, at) => entry(at, 1, 'get')),
    ),
  ])
  expect(many.calls).toHaveLength(20)
})

test('who refuses is not told, who notes nothing is off, and neither is "no slow call"', () => {
  const refused = slowCalls([node('a', new Error('NOPERM'), null), node('b', null, null)])
  expect(refused).toEqual({ calls: null, overUs: null, untold: ['a', 'b'], off: [] })
  expect(slowWords(refused).join(' ')).toMatch(/^Not told by a, b: .*SLOWLOG/)
  const off = slowCalls([node('a', [], -1)])
  expect(off).toEqual({ calls: null, overUs: null, untold: [], off: ['a'] })
  expect(slowWords(off).join(' ')).toMatch(/^Not noted by a: CONFIG SET/)
  const mixed = slowCalls([node('a', [], 5000), node('b', null, 10_000)])
  expect(mixed).toEqual({ calls: [], overUs: 5000, untold: ['b'], off: [] })
  expect(slowWords(mixed)[0]).toBe('No call over 5.0\u202fms is noted where it is told.')
  expect(slowWords(slowCalls([node('a', [])]))).toEqual(['No call over 10\u202fms is noted.'])
})
