/** The OpenAPI 3.1 document, made from the schemas that check what comes in and describe what goes out. */
import { z } from 'zod'
import { answerSchemas } from './answer-schemas.ts'
import { endpoints, type Endpoint } from './endpoints.ts'

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
const PROBLEMS: Record<number, string> = {
  400: 'The request cannot be understood',
  403: 'From a page of another origin, which is not named',
  404: 'There is no such thing',
  413: 'The request is too large',
  414: 'The query string is too long',
  415: 'Not a content type of ours',
  421: 'The server does not answer to this name (`Host`)',
  422: 'No breakdown holds the fields, too many cells, or too large an answer',
  500: 'Our failure',
  503: 'The store does not answer, or too much is asked at once; `Retry-After` says when to come back',
}

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

function operationOf({
  method,
  path,
  tag,
  summary,
  says,
  parameters = {},
  body,
  answers,
  problems = [],
}: Endpoint): Operation {
  const listed = Object.entries(parameters).map(([name, schema]) => parameterOf(name, schema))
  if (path === '/v1/live')
    listed.push({
      name: 'q',
      in: 'query',
      required: true,
      description: 'A query; repeatable',
      schema: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 32 },
    })
  if (method === 'post' && path === '/v1/events')
    listed.push(
      {
        name: 'source',
        in: 'query',
        required: true,
        description: 'Name of a source',
        schema: { type: 'string' },
      },
      {
        name: 'sentAt',
        in: 'query',
        required: false,
        description:
          'What the clock of the sender shows as it sends, milliseconds since 1970 or ISO-8601: where it is over 5 s from the arrival, times of the events are moved by the difference',
        schema: { type: 'string' },
      },
    )
  return {
    operationId: `${method}${path.replace('/v1', '').replaceAll(/[/_](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(says !== undefined && { description: says }),
    ...(listed.length > 0 && { parameters: listed }),
    ...bodyOf(method, path, body),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { schema, also = [], says }]) => [
          status,
          { description: says, ...contentOf(schema, also, path) },
        ]),
      ),
      ...Object.fromEntries(
        [400, ...(method === 'post' ? [403] : []), ...problems, 421, 500, 503].flatMap((status) =>
          status in answers ? [] : [[String(status), problemAnswer(status)]],
        ),
      ),
    },
  }
}

function problemAnswer(status: number): { description: string; content: Json } {
  return {
    description: PROBLEMS[status]!,
    content: { 'application/problem+json': { schema: { $ref: refTo('Problem') } } },
  }
}

function contentOf(schema: string | undefined, also: readonly string[], path: string): { content?: Json } {
  const content: Json = {}
  if (schema !== undefined)
    content['application/json'] = {
      schema:
        path === '/v1/series'
          ? { anyOf: [{ $ref: refTo(schema) }, { $ref: refTo('RowsAnswer') }] }
          : { $ref: refTo(schema) },
    }
  for (const type of also) content[type] = { schema: { type: 'string' } }
  return Object.keys(content).length > 0 ? { content } : {}
}

function bodyOf(method: string, path: string, body: z.ZodType | undefined): { requestBody?: Json } {
  if (body !== undefined)
    return {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: plain(z.toJSONSchema(body, { io: 'input' }) as Json) } },
      },
    }
  if (method !== 'post' || path !== '/v1/events') return {}
  const event = { type: 'object', description: 'An event of the source' }
  return {
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: { anyOf: [event, { type: 'array', items: event }] } },
        'application/x-ndjson': { schema: { type: 'string' } },
      },
    },
  }
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
