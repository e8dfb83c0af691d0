/** Answers `/v1/funnel`. */
import type { FunnelRule, Source } from '../../../model/definition.ts'
import { factsOf } from '../../../model/facts.ts'
import { funnelFactsName } from '../../../model/funnels/facts.ts'
import { FUNNEL_LEFT_OUT, stepName } from '../../../model/measures/funnels.ts'
import type { FunnelQuery } from '../../language/facts-query.ts'
import { noSuch } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { Bounds, FunnelAnswer } from '../../wire.ts'
import { PreparedFacts, type AskedFacts, type FactsParts } from './facts.ts'
import { boundsIn, mispartitionedNote, windowsOf } from './facts-body.ts'

type Way = FunnelAnswer['total']

export class PreparedFunnel extends PreparedFacts<FunnelQuery, FunnelAnswer> {
  protected ask({ source }: OpenSource): AskedFacts {
    const rule = ruleOf(source, this.query.funnel)
    const facts = factsOf(source).find(({ name }) => name === funnelFactsName(rule.name))!
    const known = rule.by.map(({ name }) => name).join(', ')
    const split = known === '' ? 'by nothing' : `by ${known}, each by itself`
    return {
      facts,
      figures: rule.steps.map((_, step) => stepName(step)),
      leftOut: FUNNEL_LEFT_OUT,
      split: `the funnel ${rule.name} of ${source.name} is split ${split}; add what is asked for together to its by: in the definition`,
    }
  }

  protected bodyOf({ source }: OpenSource, parts: FactsParts): FunnelAnswer {
    const { query } = this
    const rule = ruleOf(source, query.funnel)
    const [top] = parts.tops as [FactsParts['tops'][number]]
    const { metric: _, by: __, ...meta } = top.meta
    const [late, over] = parts.leftOut.map(({ total }) => total.value)
    const wayOf = (of: (one: typeof top) => Figure): Way =>
      way(rule, parts.tops.map(of), query.compare !== null)
    return {
      rows: top.rows.map(({ labels, other, cut }, row) => ({
        labels,
        ...(other !== undefined && { other }),
        ...(cut !== undefined && { cut }),
        ...wayOf(({ rows }) => rows[row]!),
      })),
      others: top.others === null ? null : { count: top.others.count, ...wayOf(({ others }) => others!) },
      total: wayOf(({ total }) => total),
      ...windowsOf(
        parts.series,
        (values) => ({ steps: values }),
        (least, most) => ({ least, most }),
      ),
      meta: {
        ...meta,
        funnel: rule.name,
        by: query.by.length === 0 ? null : query.by.join('+'),
        withinMs: rule.withinMs,
        late: late!,
        over: over!,
        ...mispartitionedNote(parts),
      },
    }
  }
}

/** Throws not_found. */
function ruleOf({ name, funnels = [] }: Source, funnel: string): FunnelRule {
  const rule = funnels.find((one) => one.name === funnel)
  if (rule !== undefined) return rule
  throw noSuch(
    'funnel',
    funnels.length === 0
      ? `${name} has no funnels; "funnels:" in its definition makes some`
      : `${name} has no funnel ${funnel}; it has ${funnels.map((one) => one.name).join(', ')}`,
  )
}

interface Figure extends Bounds {
  readonly value: number | null
  readonly previous: number | null
}

function way({ steps }: FunnelRule, figures: readonly Figure[], isCompared: boolean): Way {
  const counts = figures.map(({ value }) => value)
  const share = (step: number, of: number): number | null =>
    counts[step] === null || (counts[of] ?? 0) === 0 ? null : counts[step]! / counts[of]!
  return {
    steps: steps.map(({ name }, step) => ({
      step: name,
      count: counts[step]!,
      ...boundsIn(figures[step]!),
      ofFirst: share(step, 0),
      ofBefore: share(step, Math.max(step - 1, 0)),
    })),
    conversion: share(steps.length - 1, 0),
    ...(isCompared && { previous: figures.map(({ previous }) => previous) }),
  }
}
