/** The OpenAPI 3.1 document, made from the schemas that check what comes in and describe what goes out. */
import { z } from 'zod'
import { answerSchemas } from '../answers/names.ts'
import type { Answered, Endpoint } from '../endpoints/endpoint.ts'
import { endpoints } from '../endpoints/list.ts'
import { statusOf, titleOf, type ProblemKind } from '../problem.ts'

type Json = { [key: string]: unknown }
export interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: Json
  readonly tags: readonly Json[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}
export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Json
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Json }>>
}
export interface Parameter {
  readonly name: string
  readonly in: 'query'
  readonly required: boolean
  readonly description?: string
  readonly schema: Json
}

const refTo = (name: string): string => `#/components/schemas/${name}`
const TAGS = {
  Numbers: 'Exact figures, with what they know of themselves',
  Rows: 'Entities, raw events, dead letters',
  Live: 'The same, pushed',
  State: 'What there is, and how it does',
  Sending: 'The collector',
}
/** Of every endpoint; of one that something is sent to, those too that say who may. */
const COMMON: readonly ProblemKind[] = ['bad_request', 'misdirected', 'internal', 'store_damaged']
const BUSY: readonly ProblemKind[] = ['store_unreachable', 'too_busy']
const SENT: readonly ProblemKind[] = ['foreign_origin']

/** The same for one version of Tidemark, wherever it runs. */
export function openApi(version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const endpoint of endpoints) (paths[endpoint.path] ??= {})[endpoint.method] = operationOf(endpoint)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Live analytics that can be proved: every number is a function of the log up to a stated offset vector.',
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: components() },
  }
}

function components(): Record<string, Json> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(answerSchemas)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { uri: refTo })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema as Json)]))
}

function operationOf(endpoint: Endpoint): Operation {
  const { method, path, tag, summary, description, parameters, bodies, answers, problems } = endpoint
  const listed = Object.entries(parameters).map(([name, schema]) => parameterOf(name, schema))
  const kinds = [...COMMON, ...BUSY, ...(method === 'post' ? SENT : []), ...problems]
  const statuses = [...new Set(kinds.map(statusOf))].sort((a, b) => a - b)
  return {
    operationId: `${method}${path.replace('/v1', '').replaceAll(/[/_.-](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(listed.length > 0 && { parameters: listed }),
    ...(bodies !== undefined && { requestBody: { required: true, content: bodiesOf(bodies) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answered]) => [
          status,
          { description: answered.description, ...contentOf(answered) },
        ]),
      ),
      ...Object.fromEntries(
        statuses
          .filter((status) => !(status in answers))
          .map((status) => [
            String(status),
            problemAnswer(kinds.filter((kind) => statusOf(kind) === status)),
          ]),
      ),
    },
  }
}

function problemAnswer(kinds: readonly ProblemKind[]): { description: string; content: Json } {
  return {
    description: kinds.map((kind) => `\`${kind}\`: ${titleOf(kind)}`).join('. '),
    content: { 'application/problem+json': { schema: { $ref: refTo('Problem') } } },
  }
}

function contentOf({ types = {} }: Answered): { content?: Json } {
  const content = Object.entries(types).map(([type, schema]) => [
    type,
    { schema: schema === null ? { type: 'string' } : referred(schema) },
  ])
  return content.length > 0 ? { content: Object.fromEntries(content) } : {}
}

/** By their names where they have one. */
function referred(schema: z.ZodType): Json {
  const named = Object.entries(answerSchemas).find(([, one]) => one === schema)
  if (named !== undefined) return { $ref: refTo(named[0]) }
  if (schema instanceof z.ZodUnion) return { anyOf: schema.options.map((one) => referred(one as z.ZodType)) }
  throw new Error('an answer without a name: enter it in answers/names.ts')
}

function bodiesOf(bodies: Readonly<Record<string, z.ZodType>>): Json {
  return Object.fromEntries(
    Object.entries(bodies).map(([type, schema]) => [
      type,
      { schema: plain(z.toJSONSchema(schema, { io: 'input' }) as Json) },
    ]),
  )
}

function parameterOf(name: string, schema: z.ZodType): Parameter {
  const { description, ...rest } = plain(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json,
  )
  const required = !schema.safeParse(undefined).success
  return {
    name,
    in: 'query',
    required,
    ...(typeof description === 'string' && { description }),
    schema: rest,
  }
}

/** Without what only makes sense in a file of its own. */
function plain(found: Json): Json {
  const schema = Object.fromEntries(
    Object.entries(found).filter(([name]) => name !== '$schema' && name !== '$id'),
  )
  if (schema['type'] === 'integer' && typeof schema['default'] === 'string')
    schema['default'] = Number(schema['default'])
  return schema
}
