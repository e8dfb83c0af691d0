/** The shape of `funnels:` of a source. What its parts mean to each other is checked in funnels.ts. */
import { z } from 'zod'
import { block, breakdown, duration, entityBudget, expecting, list, name, where } from './schema-parts.ts'

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
    by: list(breakdown, 0, 10, 'a list of fields, or of lists of fields')
      .default([])
      .describe('By what it can be split: fields of the event that is the first step.'),
    budget: entityBudget.describe(
      'Values of the key whose way a partition remembers at one time; further ones are told apart.',
    ),
  },
  'a block { within: 1h, steps: { NAME: [CONDITION], ... } }',
)

export const funnelsShape = z.record(name, funnelShape, {
  error: expecting('a block of funnels by name, each { within: 1h, steps: { NAME: [CONDITION], ... } }'),
})
