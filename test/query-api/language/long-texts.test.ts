/** Texts over 256 bytes are cut; what an answer may then say. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutValue } from '../../../model/dictionary.ts'
import { parseFilter, passes } from '../../../query-api/language/filter.ts'
import { filled } from '../engine/bounded-names.ts'

describe('texts over 256 bytes', () => {
  const tail = (n: number): string => `https://shop.example/search?q=${'x'.repeat(260 + n)}&sig${n}=end-${n}`
  const [one, two, umlauts, whole] = [
    tail(1),
    tail(2),
    `https://shop.example/${'äöü'.repeat(120)}`,
    `https://shop.example/${'y'.repeat(200)}`,
  ]

  test('is and not are exact for the whole text, and for the label', async () => {
    const { total, top } = await filled(100, [
      { path: one },
      { path: two },
      { path: two },
      { path: umlauts },
      { path: whole },
      { path: '/a' },
      {},
    ])
    for (const [path, count] of [
      [one, 1],
      [two, 2],
      [umlauts, 1],
      [whole, 1],
      ['/a', 1],
    ] as const) {
      const quoted = path.replaceAll('\\', '\\\\').replaceAll(',', '\\,')
      expect(await total(`path:is:${quoted}`)).toEqual({ value: count })
      expect(await total(`path:not:${quoted}`)).toEqual({ value: 7 - count })
      if (path.length > 250) expect(await total(`path:is:${cutValue(quoted, 1)}`)).toEqual({ value: count })
    }
    expect(await total(`path:is:${one}z`)).toEqual({ value: 0 })
    const { rows } = await top('views')
    for (const { labels, cut } of rows)
      expect([labels, cut]).toEqual([
        labels,
        /…[0-9a-f]{16}$/.test(labels['path'] ?? '') ? ['path'] : undefined,
      ])
    expect(rows.filter(({ cut }) => cut !== undefined)).toHaveLength(3)
  })

  test('prefix and contains judge what is left, and say how much they could not', async () => {
    const { total, top, series } = await filled(100, [
      { path: one },
      { path: two },
      { path: two },
      { path: '/sig2' },
      { path: whole },
    ])
    expect(await total('path:contains:sig2')).toEqual({ value: 1, least: 1, most: 4, cut: true })
    expect(await total(`path:contains:${'y'.repeat(200)}`)).toEqual({
      value: 1,
      least: 1,
      most: 4,
      cut: true,
    })
    expect(await total('path:contains:shop.example/search')).toEqual({
      value: 3,
      least: undefined,
      most: undefined,
    })
    expect(await total('path:prefix:https://shop.example/s')).toEqual({ value: 3 })
    expect(await total('path:prefix:/s')).toEqual({ value: 1 })
    expect(await total(`path:prefix:${one}`)).toEqual({ value: 0, least: 0, most: 3, cut: true })
    expect(await total('path:exists:true')).toEqual({ value: 5 })
    expect((await top('views', { where: 'path:contains:sig2' })).rows).toMatchObject([
      { labels: { path: '/sig2' }, value: 1, least: 1, most: 4 },
    ])
    const {
      series: [shown],
    } = await series('views', { where: 'path:contains:sig2', interval: '1s' })
    expect([shown!.values.slice(0, 5), shown!.least!.slice(0, 5), shown!.most!.slice(0, 5)]).toEqual([
      [0, 0, 0, 1, 0],
      [0, 0, 0, 1, 0],
      [1, 1, 1, 1, 0],
    ])
  })

  test('a filter that decides by another field leaves nothing in doubt', async () => {
    const { top } = await filled(100, [
      { path: one, site: 'north' },
      { path: '/sig2', site: 'south' },
    ])
    expect(
      await top('views', { by: 'site', where: 'path:contains:sig2', where2: 'site:is:south' }),
    ).toMatchObject({ rows: [{ labels: { site: 'south' }, value: 1 }], total: { value: 1 } })
    expect(
      (await top('views', { by: 'site', where: 'path:contains:sig2', where2: 'site:is:south' })).meta
        .cutLeftOut,
    ).toBeUndefined()
    expect((await top('views', { by: 'site', where: 'path:contains:sig2' })).total).toMatchObject({
      value: 1,
      least: 1,
      most: 2,
    })
  })

  test('whatever the text, a filter on what is kept never says otherwise than one on the whole', () => {
    const piece = fc.constantFrom('a', 'ä', '€', '😀', '…', '0123456789abcdef', '/')
    const text = fc
      .oneof(fc.array(piece, { maxLength: 12 }), fc.array(piece, { minLength: 60, maxLength: 120 }))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(
        fc.constantFrom('is', 'not', 'prefix', 'contains'),
        text,
        text,
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (op, sent, other, fields, asksForIt) => {
          const asked = (asksForIt ? sent : other).slice(0, op === 'is' || op === 'not' ? undefined : 40)
          const filter = parseFilter(`f:${op}:${asked}`)
          if (typeof filter === 'string') throw new Error(filter)
          const truth =
            op === 'is'
              ? sent === asked
              : op === 'not'
                ? sent !== asked
                : op === 'prefix'
                  ? sent.startsWith(asked)
                  : sent.includes(asked)
          const kept =
            Buffer.byteLength(JSON.stringify([sent])) <= 256 && fields === 1 ? sent : cutValue(sent, fields)
          const verdict = passes(filter, kept, fields)
          if (op === 'is' || op === 'not') expect(verdict).toBe(truth)
          else expect(verdict === null || verdict === truth).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
