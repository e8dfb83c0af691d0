/** The shape of `retention:` of a source. What its parts mean to each other is checked in retention.ts. */
import { z } from 'zod'
import {
  block,
  breakdown,
  duration,
  entityBudget,
  expecting,
  kept,
  list,
  name,
  where,
} from './schema-parts.ts'

const periods = (most: number, unit: string): z.ZodOptional<z.ZodInt> => {
  const error = expecting(`a whole number of ${unit}, 1 to ${most}`)
  return z.int({ error }).min(1, { error }).max(most, { error }).optional()
}

const cohortsShape = block(
  {
    joins: where
      .optional()
      .describe(
        'Events that make the key a member of the cohort of their day or week; default: every event.',
      ),
    returns: where.optional().describe('Events by which a member comes back; default: every event.'),
    days: periods(60, 'days').describe('Cohorts by day: so many days after it are looked at.'),
    weeks: periods(52, 'weeks').describe('Cohorts by week: so many weeks after it are looked at.'),
    zone: z
      .string({ error: expecting('the name of a zone, such as Europe/Berlin') })
      .optional()
      .describe(
        'Whose days and weeks they are, such as Europe/Berlin. Default: the zone of the source, else UTC.',
      ),
    week_start: z
      .enum(['monday', 'sunday'], { error: expecting('monday or sunday') })
      .default('monday')
      .describe('The first day of its weeks.'),
    by: list(breakdown, 0, 10, 'a list of fields, or of lists of fields')
      .default([])
      .describe('By what cohorts can be split: fields of the event that makes the key a member.'),
    late: duration
      .default('2d')
      .describe('How far behind the clock a day or week may have ended of which events are still counted.'),
    keep: kept
      .optional()
      .describe(
        'How long a cohort is kept. Default: as the longest interval, and until nothing more can come to it.',
      ),
    budget: entityBudget.describe(
      'Values of the key that a partition remembers as members at one time, for days and weeks each; further ones are told apart.',
    ),
  },
  'a block { joins: [CONDITION], returns: [CONDITION], days: 14, weeks: 8 }',
)

export const retentionShape = z.record(name, cohortsShape, {
  error: expecting(
    'a block of retention by name, each { joins: [CONDITION], returns: [CONDITION], days: 14, weeks: 8 }',
  ),
})
