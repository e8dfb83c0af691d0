/** The shape of `journeys:` of a source. What its parts mean to each other is checked in journeys.ts. */
import { z } from 'zod'
import { block, duration, entityBudget, expecting, name, where } from './schema-parts.ts'

const steps = expecting('1 or 2: how far onward from a page is told')
const transitions = expecting('a whole number of names, 1 to 100000')

export const journeysShape = block(
  {
    page: name
      .optional()
      .describe('The field whose successive values are the steps. Default: the page of `sessions`.'),
    where: where
      .optional()
      .describe('Events that are a view of a page. Default: those of `sessions`, else every event.'),
    gap: duration
      .optional()
      .describe(
        'A visit ends where the next view of the same key is further away than this. Default: the gap of `sessions`, else 30m.',
      ),
    late: duration
      .optional()
      .describe('How far behind the clock a view may come and still find its place. Default: the gap.'),
    steps: z
      .union([z.literal(1), z.literal(2)], { error: steps })
      .default(2)
      .describe('How far onward from a page is told: to the next page, or to the one after it too.'),
    transitions: z
      .int({ error: transitions })
      .min(1, { error: transitions })
      .max(100_000, { error: transitions })
      .optional()
      .describe(
        'Transitions a UTC day and partition that have a name; further ones count as __other__. Default: the budget of the source.',
      ),
    budget: entityBudget.describe(
      'Values of the key whose views a partition remembers at one time; views of further ones are in no journey, and are told apart.',
    ),
  },
  'a block { page: FIELD, gap: 30m }; {} takes what sessions say',
)
