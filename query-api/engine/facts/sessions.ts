/** Answers `/v1/sessions`. */
import { factsOf } from '../../../model/facts.ts'
import type { SessionsQuery } from '../../language/facts-query.ts'
import { noSuch } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { SessionsAnswer } from '../../wire.ts'
import { PreparedFacts, type AskedFacts, type FactsParts } from './facts.ts'
import { FIGURES, LEFT_OUT, sessionsBody } from './sessions-body.ts'

export class PreparedSessions extends PreparedFacts<SessionsQuery, SessionsAnswer> {
  protected ask({ source }: OpenSource): AskedFacts {
    const facts = factsOf(source).find(({ name }) => name === 'sessions')
    if (facts === undefined)
      throw noSuch('source', `${source.name} has no sessions; "sessions: {}" in its definition makes some`)
    const known = facts.read.breakdowns.flatMap(({ fields }) => (fields.length === 0 ? [] : fields.join('+')))
    return {
      facts,
      figures: FIGURES,
      leftOut: LEFT_OUT,
      split: `the sessions of ${source.name} are split by ${known.join(', ')}, each by itself; add what is asked for together to by: of its sessions: in the definition`,
    }
  }

  protected bodyOf({ source }: OpenSource, parts: FactsParts): SessionsAnswer {
    return sessionsBody(this.query, source, parts)
  }
}
