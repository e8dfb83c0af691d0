/** Answers `/v1/journeys`. */
import { factsOf } from '../../../model/facts.ts'
import { JOURNEYS } from '../../../model/journeys/facts.ts'
import type { JourneysQuery } from '../../language/journeys-query.ts'
import { badParam, noSuch } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { JourneysAnswer } from '../../wire.ts'
import { PreparedFacts, type AskedFacts, type AskedTop, type FactsParts } from './facts.ts'
import { journeysBody } from './journeys-body.ts'

/** Of pages that rows are shares of. */
const MOST_PAGES = 10_000

export class PreparedJourneys extends PreparedFacts<JourneysQuery, JourneysAnswer> {
  protected ask({ source }: OpenSource): AskedFacts {
    const { steps, where } = this.query
    const facts = factsOf(source).find(({ name }) => name === JOURNEYS)
    if (facts === undefined)
      throw noSuch(
        'source',
        `${source.name} has no journeys; "journeys: { page: FIELD }" in its definition makes some`,
      )
    if (steps > source.journeys!.steps)
      throw badParam(
        'steps',
        `journeys of ${source.name} are told one step; "steps: 2" in its definition tells two`,
      )
    // What is known of one step, or of both: of the page, and of the next.
    const [known, open] = steps === 1 ? ['journeys', 'open'] : ['onward', 'openOnward']
    const top = (stat: string, by: readonly string[], field: string): AskedTop => ({
      stat,
      by,
      where: where.filter((one) => one.field === field),
      limit: MOST_PAGES,
    })
    return {
      facts,
      figures: ['journeys'],
      leftOut: [
        top(known, ['page'], 'page'),
        top(known, ['next'], 'next'),
        top(open, [], 'page'),
        'views',
        'visits',
        'late',
        'over',
        'elsewhere',
      ],
      split: `the journeys of ${source.name} are split by page, next and then`,
    }
  }

  protected bodyOf({ source }: OpenSource, parts: FactsParts): JourneysAnswer {
    return journeysBody(this.query, source.journeys!, parts)
  }
}
