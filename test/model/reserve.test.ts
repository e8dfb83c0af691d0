/** Names that come after the day's budget is spent: who comes often finds a place, who comes once seldom takes one, and nobody's luck hangs on how the log was cut. */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { drawOf, Dictionary, OTHER_ID, reserveOf } from '../../model/dictionary.ts'
import { needs } from '../harness/needs.ts'

const BUDGET = 5000
/** Ids by name, over a log of one name a record. */
function count(log: Iterable<string>, budget: number): { names: Dictionary; other: Map<string, number> } {
  const names = new Dictionary()
  const other = new Map<string, number>()
  let offset = 0
  for (const value of log) {
    const id = names.idOf([value], budget, drawOf(offset++, 0), () => {})
    if (id === OTHER_ID) other.set(value, (other.get(value) ?? 0) + 1)
  }
  return { names, other }
}
function* scan(junk: number, between: number, heavy: readonly string[]): Generator<string> {
  for (let n = 0; n < junk; n++) {
    yield `/junk/${n}`
    if (n >= BUDGET && n % between === 0) yield heavy[(n / between) % heavy.length]!
  }
}

test('a scan of 15 paths over a budget of 10, then 200 views of one page: most of them are its own', () => {
  const log = [
    ...Array.from({ length: 15 }, (_, n) => `/junk/${n}`),
    ...Array.from({ length: 200 }, () => '/checkout'),
  ]
  for (let first = 0; first < 50; first++) {
    const names = new Dictionary()
    let own = 0
    for (const [at, value] of log.entries())
      if (
        names.idOf([value], 10, drawOf(first * 1000 + at, 0), () => {}) !== OTHER_ID &&
        value === '/checkout'
      )
        own++
    expect(own).toBeGreaterThan(120)
  }
})

test('in 200,000 junk names, twenty that come often stand apart early, and the reserve is not spent', () => {
  const heavy = Array.from({ length: 20 }, (_, n) => `/page/${n}`)
  const { names, other } = count(scan(200_000, 2, heavy), BUDGET)
  for (const page of heavy) expect(other.get(page) ?? 0).toBeLessThan(600) // of about 5,000
  const used = names.size - BUDGET
  expect(used).toBeGreaterThan(heavy.length)
  expect(used).toBeLessThan(reserveOf(BUDGET))
  // One that comes only now is apart soon too.
  let late = 0
  while (names.idOf(['/late'], BUDGET, drawOf(9_000_000 + late, 0), () => {}) === OTHER_ID) late++
  expect(late).toBeLessThan(200_000)
})

test('the reserve has an end, and what it holds is bounded', () => {
  const names = new Dictionary()
  for (let offset = 0; names.size < 10 + reserveOf(10); offset++)
    names.idOf([String(offset)], 10, offset % 7 === 0 ? 0 : drawOf(offset, 0), () => {})
  expect(reserveOf(10)).toBe(16)
  expect(names.idOf(['late'], 10, 0, () => {})).toBe(OTHER_ID)
})

const { test: withPython } = needs('python3')
withPython('the recount, written from the rule, draws the same', () => {
  const places = Array.from({ length: 3000 }, (_, n): [number, number] => [
    n < 1000 ? n : Math.floor(n ** 4.4),
    n % 3 === 0 ? n % 50 : 0,
  ])
  const held = places.map((_, n) => 8 + (n % 24))
  const said = execFileSync(
    'python3',
    [
      '-B',
      '-c',
      'import json, sys; from names import drawn, finds_a_place; print(json.dumps([[drawn(o, i), finds_a_place(h, 10, o, i)] for (o, i), h in json.load(sys.stdin)]))',
    ],
    {
      cwd: resolve(import.meta.dirname, '../../audit'),
      input: JSON.stringify(places.map((one, n) => [one, held[n]])),
    },
  ).toString()
  const ours = places.map(([offset, index], n) => {
    const names = new Dictionary(
      Array.from({ length: held[n]! }, (_, at): [string, number] => [`["${at}"]`, at + 1]),
    )
    return [drawOf(offset, index), names.admits(10, drawOf(offset, index))]
  })
  expect(JSON.parse(said)).toEqual(ours)
  expect(new Set(ours.map(([, finds]) => finds)).size).toBe(2)
})
