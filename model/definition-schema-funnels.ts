/** The shape of `funnels:` of a source. What its parts mean to each other is checked in definition-funnels.ts. */
import { z } from 'zod'
import { block, duration, expecting, list, name, where } from './definition-schema-parts.ts'

const budget = expecting('a whole number of values of the key, 1 to 10000000')
const by = z.union([name, list(name, 2, 4, 'a list of 2 to 4 fields')], {
  error: expecting('a field, or a list of 2 to 4 fields'),
})

const funnelShape = block(
  {
    within: duration.default('1h').describe('The time from the first step in which the others must follow.'),
    steps: z
      .record(name, where, {
        error: expecting(
          'a block of steps in their order, such as { cart: [path:is:/cart], paid: [type:is:paid] }',
        ),
      })
      .describe('The steps in their order, 2 to 8: each by the conditions that its event meets.'),
    by: list(by, 0, 10, 'a list of fields, or of lists of fields')
      .default([])
      .describe('By what it can be split: fields of the event that is the first step.'),
    budget: z
      .int({ error: budget })
      .min(1, { error: budget })
      .max(10_000_000, { error: budget })
      .default(50_000)
      .describe(
        'Values of the key whose way a partition remembers at one time; further ones are told apart.',
      ),
  },
  'a block { within: 1h, steps: { NAME: [CONDITION], ... } }',
)

export const funnelsShape = z.record(name, funnelShape, {
  error: expecting('a block of funnels by name, each { within: 1h, steps: { NAME: [CONDITION], ... } }'),
})
