/** What answers about facts, sessions and funnels, say alike. */
import { z } from 'zod'
import { count, labels, ms } from './common.ts'
import { askedRange, nameNotes, partial } from './series.ts'

export const mispartitioned = z
  .object({
    seenTwice: z
      .boolean()
      .describe(
        'An entity is in the samples of two partitions (256 places each, of all that were ever seen): its sessions are counted in parts',
      ),
    keyedOtherwise: count.describe(
      'Openings of sessions in the range by records whose key is not the value of the key field',
    ),
  })
  .describe('Sessions need all events of an entity in one partition. Absent: nothing says that they are not')

export const factsRange = {
  ...askedRange,
  previous: z
    .object({ fromMs: ms, toMs: ms, known: z.boolean() })
    .nullable()
    .describe('The range compared with; `known` false: not all of it is kept or was ever seen'),
  intervals: z.array(z.string()).describe('Those the rows were added up from, finest first'),
}

/** Some were left out that may belong here: the truth of `what` lies between. */
export const boundsOf = <T extends z.ZodType>(what: string, value: T) => ({
  least: z
    .exactOptional(value)
    .describe(
      `Of \`${what}\`, where some may belong here that the budget gave no name or no filter could judge: the truth lies between \`least\` and \`most\`, and what stands beside is of those that are known to. Absent: it is the truth`,
    ),
  most: z.exactOptional(value),
})

/** Whom a row, or a series, is of. */
export const named = { ...nameNotes.shape, labels }

/** With `interval`: series of the same windows, one a name. */
export const windowsOf = <T extends z.ZodType>(series: T, whichWindow: string, values?: string) =>
  z
    .exactOptional(
      z.object({
        interval: z.string(),
        intervalMs: ms,
        timesMs: z.array(ms).describe('Window starts, ascending'),
        toMs: ms.describe('When the last window ends: windows are whole, whatever the range of the rows is'),
        partial,
        names: values === undefined ? z.array(series) : z.array(series).describe(values),
      }),
    )
    .describe(`With \`interval\`; ${whichWindow}`)
