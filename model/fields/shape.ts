/** Texts made of texts, one function a kind; null is absent. What comes out empty is absent too. */
import { queryOf } from '../decode/clean-path.ts'
import type { Compute, Source } from '../definition.ts'
import { urlParts } from './url.ts'

/** Null where it is made of something else than one text. */
export function compileShapeOf(
  compute: Compute,
  lookups: Source['lookups'],
): ((text: string) => string | null) | null {
  const shape = shapeOf(compute, lookups)
  return shape === null ? null : (text) => shape(text) || null
}

function shapeOf(compute: Compute, lookups: Source['lookups']): ((text: string) => string | null) | null {
  switch (compute.op) {
    case 'lower':
      return (text) => text.toLowerCase()
    case 'upper':
      return (text) => text.toUpperCase()
    case 'trim':
      return (text) => text.trim()
    case 'url.host':
      return (text) => urlParts(text).host
    case 'url.path':
      return (text) => urlParts(text).path
    case 'url.param':
      return (text) => queryOf(text, compute.name)
    case 'cut':
      return compileCut(compute)
    case 'lookup':
      return compileLookup(compute, lookups)
    case 'bucket':
    case 'hour':
    case 'weekday':
      return null
  }
}

/** Characters are code points. */
function compileCut({ chars, before }: Extract<Compute, { op: 'cut' }>): (text: string) => string {
  if (chars !== undefined) return (text) => (text.length <= chars ? text : [...text].slice(0, chars).join(''))
  return (text) => {
    const at = text.indexOf(before!)
    return at < 0 ? text : text.slice(0, at)
  }
}

function compileLookup(
  { table, column }: Extract<Compute, { op: 'lookup' }>,
  lookups: Source['lookups'],
): (text: string) => string | null {
  const { columns, rows } = lookups!.find(({ name }) => name === table)!
  const at = columns.indexOf(column) + 1
  const values = new Map(rows.map((row) => [row[0]!, row[at]!]))
  return (text) => values.get(text) ?? null
}
