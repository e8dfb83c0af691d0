/** What several answers have in common. A description here is what the document of the API and the types of its clients say. */
import { z } from 'zod'

export const ms = z.int().describe('Milliseconds since 1970')
export const offset = z.int().nonnegative()
export const count = z.int().nonnegative()
export const share = z.number().min(0).max(1)
export const figure = z.number().nullable()
export const figures = z.array(figure)
export const labels = z
  .record(z.string(), z.string().nullable())
  .describe(
    'Value per field; null is "(none)", `__other__` is what the budget of names did not name (a value of that text is `\\__other__`); `{}` is the total',
  )

export const damage = z
  .object({
    key: z.string(),
    field: z.string().nullable().describe('Null = the whole key'),
    why: z.string(),
    todo: z.string(),
  })
  .describe('Something in the store that is not ours or cannot be read, and what to do')

export const problem = z
  .object({
    type: z.string().describe('`urn:tidemark:problem:KIND`'),
    title: z.string(),
    status: z.int(),
    detail: z.exactOptional(z.string()),
    errors: z.exactOptional(
      z.array(
        z.object({ pointer: z.string().describe('JSON pointer to the parameter'), detail: z.string() }),
      ),
    ),
  })
  .describe('RFC 9457, `application/problem+json`')
