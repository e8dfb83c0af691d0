/** The shape of `sessions:` of a source. What its parts mean to each other is checked in sessions.ts. */
import { block, breakdown, duration, entityBudget, list, name, where } from './schema-parts.ts'

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
    by: list(breakdown, 0, 10, 'a list of fields, or of lists of fields')
      .default([])
      .describe(
        'By what sessions can be split: fields of their first event; entry and exit are always there, and may stand in a list.',
      ),
    late: duration
      .optional()
      .describe('How far behind the clock an event may come and still find its session. Default: the gap.'),
    budget: entityBudget.describe(
      'Values of the key whose sessions a partition remembers at one time; events of further ones are in no session, and are told apart.',
    ),
  },
  'a block { gap: 30m, page: FIELD, by: [FIELD, ...] }; {} takes all defaults',
)
