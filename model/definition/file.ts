/** The definition file as people write it: checked whole, every fault at once with its line, then spelled out into {@link Source}s. */
import { z } from 'zod'
import type { Source } from '../definition.ts'
import { explain, valueAt } from './explain.ts'
import { DefinitionError, isWithin, type Fault, type Place } from './faults.ts'
import { Lookups, type ReadFile } from './lookups.ts'
import { restored, salvage } from './salvage.ts'
import { fileShape } from './schema.ts'
import { spellOutKeep, spellOutSource } from './source.ts'
import { readText } from './text.ts'

export { DefinitionError } from './faults.ts'
export { DEFINITION_BYTES_MAX } from './text.ts'
export type { ReadFile } from './lookups.ts'
export type { DefinitionFile } from './schema.ts'

const MOST_SOURCES = 50
const LOCATED_FAULTS = 200

/** Reads the bytes of a file, YAML or JSON; `read`: the tables beside it. Throws {@link DefinitionError} with all faults and their lines. */
export function readDefinitionText(bytes: Uint8Array, read?: ReadFile): Source[] {
  const { text, faults } = readText(bytes)
  if (text === null) throw new DefinitionError(faults)
  const checked = check(text.value, read)
  const total = faults.length + checked.faults.length
  if (total > 0)
    throw new DefinitionError(
      [...faults, ...checked.faults.slice(0, LOCATED_FAULTS).map((fault) => text.locate(fault))],
      total,
    )
  return checked.sources
}

/** Checks a parsed file and fills in every default. Throws {@link DefinitionError} with all faults. */
export function readDefinition(raw: unknown, read?: ReadFile): Source[] {
  const { sources, faults } = check(raw, read)
  if (faults.length > 0) throw new DefinitionError(faults)
  return sources
}

/** JSON Schema of the file, for editors. */
export function definitionSchema(): object {
  return z.toJSONSchema(fileShape, { io: 'input', target: 'draft-7' })
}

/** Where the shape is at fault, the rest is still looked at: what is wrong there is said in the same breath. */
function check(raw: unknown, read?: ReadFile): { sources: Source[]; faults: Fault[] } {
  const parsed = fileShape.safeParse(raw)
  const faults = parsed.success ? [] : explain(parsed.error.issues, raw)
  if (faults.length > LOCATED_FAULTS) return { sources: [], faults }
  const wrong = faults.map(({ place }) => (place[2] === 'breakdowns' ? place.slice(0, 4) : place))
  const file = parsed.success ? parsed.data : fileShape.safeParse(salvage(raw, wrong)).data
  const report = (place: Place, says: string, aim: Fault['aim'] = 'value'): void => {
    const whole = restored(place, wrong)
    if (!wrong.some((other) => isWithin(other, whole) || isWithin(whole, other)))
      faults.push({ place: whole, says, aim })
  }
  if (file === undefined) return { sources: [], faults }
  const intervals = spellOutKeep(file.keep, report)
  const lookups = new Lookups(file.lookups ?? {}, read, report)
  const sources = Object.entries(file.sources).map(([name, given]) =>
    spellOutSource(name, given, intervals, lookups, unclearIn(raw, name, wrong), report),
  )
  lookups.finish()
  if (sources.length === 0) report(['sources'], 'at least one source is needed')
  if (sources.length > MOST_SOURCES)
    report(['sources'], `${sources.length} sources; at most ${MOST_SOURCES} are allowed`)
  for (const [at, { name, topic }] of sources.entries()) {
    const twin = sources.slice(0, at).find((other) => other.topic === topic)
    if (twin)
      report(
        ['sources', name, 'topic'],
        `${topic} is the topic of ${twin.name} already; a source is one topic`,
      )
  }
  return { sources, faults }
}

/** Whether a field of a source is there, or may be, but cannot be read: nothing is said about who uses it. */
function unclearIn(raw: unknown, source: string, wrong: readonly Place[]): (field: string) => boolean {
  const at: Place = ['sources', source, 'fields']
  const given = valueAt(raw, at)
  return (field) =>
    wrong.some(
      (place) =>
        isWithin(at, place) || (isWithin(place, [...at, field]) && valueAt(given, [field]) !== undefined),
    )
}
