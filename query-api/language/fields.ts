/** Parameters that several endpoints take. */
import { z } from 'zod'

export const NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** How rows are written down: as one object, or one a line. */
export type RowsFormat = 'json' | 'ndjson'

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

export const source = z
  .string({ error: 'missing; the name of a source' })
  .max(100, 'at most 100 characters')
  .regex(NAME, 'not the name of a source')
  .meta({ description: 'Name of a source' })
