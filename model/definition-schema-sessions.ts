/** The shape of `sessions:` of a source. What its parts mean to each other is checked in definition-sessions.ts. */
import { z } from 'zod'
import { block, duration, expecting, list, name, where } from './definition-schema-parts.ts'

const budget = expecting('a whole number of values of the key, 1 to 10000000')
const by = z.union([name, list(name, 2, 4, 'a list of 2 to 4 fields')], {
  error: expecting('a field, or a list of 2 to 4 fields'),
})

export const sessionsShape = block(
  {
    gap: duration
      .default('30m')
      .describe('A session ends where the next event of the same key is further away than this.'),
    page: name
      .optional()
      .describe(
        'The field that says which page it is: the first of a session is its entry, the last its exit.',
      ),
    where: where.optional().describe('Events that are a look at a page; default: every event.'),
    by: list(by, 0, 10, 'a list of fields, or of lists of fields')
      .default([])
      .describe(
        'By what sessions can be split: fields of their first event; entry and exit are always there, and may stand in a list.',
      ),
    late: duration
      .optional()
      .describe('How far behind the clock an event may come and still find its session. Default: the gap.'),
    budget: z
      .int({ error: budget })
      .min(1, { error: budget })
      .max(10_000_000, { error: budget })
      .default(50_000)
      .describe(
        'Values of the key whose sessions a partition remembers at one time; events of further ones are in no session, and are told apart.',
      ),
  },
  'a block { gap: 30m, page: FIELD, by: [FIELD, ...] }; {} takes all defaults',
)
