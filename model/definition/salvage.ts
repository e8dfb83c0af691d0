/** What is left of a definition whose shape is at fault, so that the rest can be checked in the same breath. Never used to count. */
import type { Place } from './faults.ts'
import { MEASURES } from '../measures/index.ts'
import { lookupShape } from './schema-computed.ts'
import { entityShape, fieldShape, metricShape, sourceShape } from './schema.ts'

/** A definition without what stands at these places, and with something in place of what is required. Faults about that are never shown. */
export function salvage(raw: unknown, wrong: readonly Place[]): unknown {
  const pruned = without(raw, wrong)
  if (!isBlock(pruned)) return undefined
  const { sources, lookups, keep = {} } = pruned
  const tables = isBlock(lookups)
    ? { lookups: mapBlock(lookups, (one) => (lookupShape.safeParse(one).success ? one : undefined)) }
    : {}
  if (!isBlock(sources)) return { sources: {}, ...tables, keep }
  return { sources: mapBlock(sources, fillSource), ...tables, keep }
}

function fillSource(given: unknown, name: string): unknown {
  if (!isBlock(given)) return undefined
  const { entity, fields, metrics, ...rest } = given
  const present = { online: '1m', ...(isBlock(entity) && entity) }
  const source = {
    topic: `-${name}`,
    key: 'unknown',
    time: 'ts',
    ...rest,
    fields: isBlock(fields)
      ? mapBlock(fields, (field) => (fieldShape.safeParse(field).success ? field : undefined))
      : {},
    metrics: isBlock(metrics) ? mapBlock(metrics, fillMetric) : {},
    ...(isBlock(entity) && entityShape.safeParse(present).success && { entity: present }),
  }
  return sourceShape.safeParse(source).success ? source : undefined
}

function fillMetric(given: unknown): unknown {
  const metric = isBlock(given) && takesNumber(given) ? { decimals: 0, ...given } : given
  return metricShape.safeParse(metric).success ? metric : undefined
}

const takesNumber = (given: Record<string, unknown>): boolean =>
  [...MEASURES.values()].some(({ kind, input }) => input === 'number' && kind in given)

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The same names with other values; without those whose value becomes undefined. */
function mapBlock(
  given: Record<string, unknown>,
  change: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
      const changed = change(value, name)
      return changed === undefined ? [] : [[name, changed]]
    }),
  )
}

/** A copy without what stands at these places; keys and items beside them stay where they were. */
function without(root: unknown, places: readonly Place[]): unknown {
  if (places.some((place) => place.length === 0)) return undefined
  const inside = (part: string | number): Place[] =>
    places.filter(([first]) => first === part).map(([, ...rest]) => rest)
  if (Array.isArray(root))
    return root.map((item, at) => without(item, inside(at))).filter((item) => item !== undefined)
  if (typeof root !== 'object' || root === null) return root
  const kept: [string, unknown][] = []
  for (const [key, value] of Object.entries(root)) {
    const left = without(value, inside(key))
    // A list that lost its last item goes too: most lists may be left out, few may be empty.
    const emptied = Array.isArray(left) && left.length === 0 && Array.isArray(value) && value.length > 0
    if (left !== undefined && !emptied) kept.push([key, left])
  }
  return Object.fromEntries(kept)
}

/** The place that `place`, found in {@link without}(root, places), has in the root: list items move up where others were taken out. */
export function restored(place: Place, places: readonly Place[]): Place {
  const whole: (string | number)[] = []
  for (const part of place) {
    let moved = part
    if (typeof part === 'number') {
      const gone = places
        .filter((one) => one.length === whole.length + 1 && whole.every((step, at) => one[at] === step))
        .map((one) => one.at(-1) as number)
      for (const at of gone.toSorted((a, b) => a - b)) if (at <= (moved as number)) (moved as number)++
    }
    whole.push(moved)
  }
  return whole
}
