/** Parameters that several endpoints take. */
import { z } from 'zod'
import { badParam } from '../problem.ts'

export const NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** How rows are written down: as one object, or one a line. */
export type RowsFormat = 'json' | 'ndjson'
/** Of names with numbers: as a table too. */
export type TableFormat = RowsFormat | 'csv'

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a whole number from ${min} to ${max}`)
    .meta({ type: 'integer', minimum: min, maximum: max, pattern: undefined })

export const rowsFormat = z
  .enum(['json', 'ndjson'], { error: 'json or ndjson' })
  .default('json')
  .meta({ description: '`ndjson`: the rows, one a line, and all else of the answer as the last line' })

export const tableFormat = z
  .enum(['json', 'ndjson', 'csv'], { error: 'json, ndjson or csv' })
  .default('json')
  .meta({
    description:
      '`ndjson`: the rows, one a line, and all else of the answer as the last line; `csv`: a table of the rows, or of the windows where there are some',
  })

export const raw = z
  .enum(['true', 'false'], { error: 'true or false' })
  .default('false')
  .meta({
    description:
      "With `format=csv`: labels as they came. Without it one that begins like a formula (`=`, `+`, `-`, `@`, tab, line break; blanks and quotes before it aside) gets a `'` before it, and so does what follows a semicolon, tab or line break in it",
  })

/** Throws bad_request where the format has no labels that could be written otherwise. */
export function isRaw({ raw, format }: { raw: 'true' | 'false'; format: string }): boolean {
  if (raw === 'true' && format !== 'csv')
    throw badParam('raw', 'is for format=csv; the other formats give labels as they came')
  return raw === 'true'
}

export const source = z
  .string({ error: 'missing; the name of a source' })
  .max(100, 'at most 100 characters')
  .regex(NAME, 'not the name of a source')
  .meta({ description: 'Name of a source' })
