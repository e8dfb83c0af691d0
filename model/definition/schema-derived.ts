/** The shape of metrics that are worked out from others. */
import { z } from 'zod'
import { block, duration, expecting, name, text } from './schema-parts.ts'

const WHAT = '{ ratio: [A, B] }, { difference: [A, B] } or { per: 1m, of: A }'
const operand = text(
  /^[A-Za-z][A-Za-z0-9_]{0,63}(?:\.[a-z0-9_]{1,20})?$/,
  'a metric, or a statistic of one, such as paid or amount.sum',
)
const two = z
  .array(operand, { error: expecting('two metrics, such as [paid, orders]') })
  .length(2, { error: expecting('two metrics, such as [paid, orders]') })

export const derivedShape = z
  .record(
    name,
    z.union(
      [
        block({ ratio: two.describe('The first divided by the second.') }, WHAT),
        block({ difference: two.describe('The first less the second.') }, WHAT),
        block({ per: duration.describe('So much time.'), of: operand }, WHAT),
      ],
      { error: expecting(WHAT) },
    ),
    { error: expecting('a block of derived metrics, such as { conversion: { ratio: [paid, orders] } }') },
  )
  .describe(
    'Metrics worked out from others when they are asked for: ratio, difference, per. Nothing of them is kept, and a change of them counts nothing anew.',
  )

export type GivenDerived = z.output<typeof derivedShape>
