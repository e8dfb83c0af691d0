/** The outputs of the fold, of one partition. Another one is a file beside this and a line here. */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { Source } from '../../model/definition.ts'
import type { Facts } from '../../model/fact.ts'
import { factsOf } from '../../model/facts.ts'
import { funnelFactsName } from '../../model/funnels/facts.ts'
import { JOURNEYS } from '../../model/journeys/facts.ts'
import { retentionFactsName } from '../../model/retention/facts.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { CellsOutput } from './cells.ts'
import { DayDictionaries } from './day-dictionaries.ts'
import { IdsOutput } from './ids.ts'
import { JourneysOutput } from './journeys.ts'
import { LatestOutput } from './latest.ts'
import { FunnelOutput } from './funnels.ts'
import type { FactsOutput, Output } from './output.ts'
import { PresenceOutput } from './presence.ts'
import { ReadingsOutput } from './readings.ts'
import { RejectsOutput } from './rejects.ts'
import { RetentionOutput } from './retention.ts'
import { SessionsOutput } from './sessions.ts'
import { TailOutput } from './tail.ts'

export interface Outputs {
  /** In the order of their writes. */
  readonly all: readonly Output[]
  /** Must be loaded for the days of a batch before it is folded. */
  readonly names: DayDictionaries
  /** Must be loaded before anything is folded; null where the source names no id. */
  readonly ids: IdsOutput | null
  /** Must be loaded before anything is folded; null where no metric goes by series. */
  readonly readings: ReadingsOutput | null
  readonly facts: readonly FactsOutput[]
  readonly cells: CellsOutput
  readonly rejects: RejectsOutput
}

/** `batch`: what the fold will read; its dictionary says what codes mean. */
export function createOutputs(source: Source, keys: PartitionKeys, batch: DecodedBatch): Outputs {
  const { entity } = source
  const names = new DayDictionaries(keys, source)
  const cells = new CellsOutput(source, keys, batch, names)
  const presence = entity && new PresenceOutput(source, entity, keys, batch)
  const latest =
    entity?.last && presence ? new LatestOutput(source, entity, entity.last, keys, batch, presence) : null
  const rejects = new RejectsOutput()
  const ids = source.id === undefined ? null : new IdsOutput(source.id, keys)
  const readings = cells.steps.metrics.length === 0 ? null : new ReadingsOutput(source, keys, cells.steps)
  const facts = factsOf(source).map((one) => factsOutput(source, one, keys, batch))
  const all = [cells, readings, presence, latest, new TailOutput(), rejects, ids, ...facts].filter(
    (one) => one !== null,
  )
  return { all, names, ids, readings, facts, cells, rejects }
}

function factsOutput(source: Source, facts: Facts, keys: PartitionKeys, batch: DecodedBatch): FactsOutput {
  const { sessions, funnels = [], retention = [], journeys } = source
  if (facts.name === JOURNEYS) return new JourneysOutput(source, journeys!, facts, keys, batch)
  const funnel = funnels.find(({ name }) => funnelFactsName(name) === facts.name)
  if (funnel !== undefined) return new FunnelOutput(source, funnel, facts, keys, batch)
  for (const rule of retention)
    for (const { unit } of rule.units)
      if (retentionFactsName(rule.name, unit) === facts.name)
        return new RetentionOutput(source, rule, unit, facts, keys, batch)
  return new SessionsOutput(source, sessions!, facts, keys, batch)
}
