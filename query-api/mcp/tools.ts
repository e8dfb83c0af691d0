/** Tools for models, made from the endpoints: each asks one of them, and gives back what it answers, with what the answer says of itself. */
import { openApi, type Parameter } from '../docs/openapi.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { queries, states } from '../endpoints/list.ts'

export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>
  /** Path and query string of the API that answers. */
  readonly path: (input: Readonly<Record<string, unknown>>) => string
}

const NAMED: readonly (readonly [name: string, endpoint: Endpoint])[] = [
  ['catalog', states.catalog],
  ['series', queries.series],
  ['top', queries.top],
  ['sessions', queries.sessions],
  ['funnel', queries.funnel],
  ['retention', queries.retention],
  ['journeys', queries.journeys],
  ['known_values', queries.knownValues],
  ['entities', queries.entities],
  ['events', queries.events],
  ['rejects', queries.rejects],
  ['status', states.status],
]
/** How an answer is written down is nothing to a model. */
const LEFT_OUT = ['format', 'raw']

/** What a model is told once, before it asks. */
export const INSTRUCTIONS = `Exact, live numbers over events. Begin with the tool "catalog": it names sources, metrics (asked for as SOURCE.METRIC or SOURCE.METRIC.STATISTIC), fields, breakdowns and intervals.
Every answer carries "meta": "vector" (offsets of the log that are counted), "asOfMs" (up to when all is known), "complete" (share of partitions that are counted), "behindRecords", "from" (cells or log), and where values are not exact "approximate". Say so when you tell a number whose "complete" is below 1, or that is approximate. null is not 0: it is what is not known.
Ask for few points: a coarse interval, and a small limit. "top" is for rankings and totals of a range, "series" for numbers over time. "sessions", "funnel", "retention" and "journeys" answer for sources that declare such things: the catalog names them, with what they are split by.`

export function toolsOf(version: string): Tool[] {
  const { paths } = openApi(version)
  return NAMED.map(([name, endpoint]) => {
    const parameters = (paths[endpoint.path]?.[endpoint.method]?.parameters ?? []).filter(
      (one) => !LEFT_OUT.includes(one.name),
    )
    return {
      name,
      title: endpoint.summary,
      description: [endpoint.summary, endpoint.description].filter((text) => text !== undefined).join('. '),
      inputSchema: schemaOf(parameters),
      path: (input) => pathOf(endpoint, input),
    }
  })
}

function schemaOf(parameters: readonly Parameter[]): Record<string, unknown> {
  return {
    type: 'object',
    properties: Object.fromEntries(
      parameters.map(({ name, description, schema }) => [
        name,
        { ...schema, ...(description !== undefined && { description }) },
      ]),
    ),
    required: parameters.flatMap(({ name, required }) => (required ? [name] : [])),
    additionalProperties: false,
  }
}

/** What the endpoint does not take it refuses itself, with a sentence. */
function pathOf({ path }: Endpoint, input: Readonly<Record<string, unknown>>): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(input))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && one !== undefined)
        text.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one))
  return text.size === 0 ? path : `${path}?${text}`
}
