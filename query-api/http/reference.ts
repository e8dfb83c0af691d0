/** The reference of the API: its document as one plain page, readable without a script. */
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { openApi, type OpenApi, type Operation, type Parameter } from '../docs/openapi.ts'
import { endpoints } from '../endpoints/list.ts'
import { readNoQuery } from '../language/query.ts'
import { queryOf } from './query-string.ts'

/** `/v1/openapi.json`, `/docs` and its style. The page needs no other file. */
export function addReference(app: FastifyInstance, version: string): void {
  const document = openApi(version)
  const page = pageOf(document)
  const style = readFileSync(new URL('./reference.css', import.meta.url), 'utf8')
  const serve = (path: string, type: string, body: string): void => {
    app.get(path, (request, reply) => {
      readNoQuery(queryOf(request))
      return reply.type(type).header('cache-control', 'no-cache').send(body)
    })
  }
  serve('/v1/openapi.json', 'application/json; charset=utf-8', JSON.stringify(document))
  serve('/docs', 'text/html; charset=utf-8', page)
  serve('/docs/style.css', 'text/css; charset=utf-8', style)
}

type Schema = { readonly [key: string]: unknown }

/** The whole page. Everything that is shown is escaped; what stands between backticks is code. */
export function pageOf({ info, tags, paths, components }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(String(name)))
    return `<section><h2>${prose(String(name))}</h2><p>${prose(String(description))}</p>${own.map(operationOf).join('')}</section>`
  })
  const shapes = Object.entries(components.schemas).map(
    ([name, schema]) => `<h3 id="${escaped(name)}"><code>${escaped(name)}</code></h3>${propertiesOf(schema)}`,
  )
  const links = operations.map(
    ({ operation, path, method }) =>
      `<a href="#${operation.operationId}">${method === 'get' ? '' : `${method.toUpperCase()} `}${escaped(path)}</a>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Tidemark API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/style.css"></head>
<body><header><h1>Tidemark API</h1><p>${prose(String(info['description']))} Version ${escaped(String(info['version']))}. <a href="/v1/openapi.json">OpenAPI document</a>, <a href="/">page</a>.</p><nav aria-label="Endpoints">${links.join('')}</nav></header>
<main>${sections.join('')}<section><h2>Shapes</h2><p>What the answers are made of.</p>${shapes.join('')}</section></main></body></html>
`
}

function operationOf({
  path,
  method,
  operation,
}: {
  path: string
  method: string
  operation: Operation
}): string {
  const { operationId, summary, description, parameters = [], responses } = operation
  const example = endpoints.find((one) => one.path === path && one.method === method)?.example
  const url = `localhost:4400${path}${example === undefined ? '' : `?${example}`}`
  const curl = method === 'get' ? `curl ${path === '/v1/live' ? '-N ' : ''}'${url}'` : null
  return [
    `<h3 id="${operationId}"><span class="method">${method}</span><code>${escaped(path)}</code> ${prose(summary)}</h3>`,
    description === undefined ? '' : `<p>${prose(description)}</p>`,
    parameters.length === 0
      ? ''
      : tableOf(['Parameter', 'Type', 'Default', 'Means'], parameters.map(parameterRow)),
    curl === null ? '' : `<pre><code>${escaped(curl)}</code></pre>`,
    tableOf(
      ['Status', 'Answer', 'When'],
      Object.entries(responses).map(([status, { description, content }]) => [
        escaped(status),
        contentOf(content),
        prose(description),
      ]),
    ),
  ].join('')
}

function parameterRow({ name, required, description = '', schema }: Parameter): string[] {
  const standard =
    schema['default'] === undefined || schema['default'] === ''
      ? ''
      : `<code>${escaped(String(schema['default']))}</code>`
  return [
    `<code>${escaped(name)}</code>${required ? ' <span class="must">required</span>' : ''}`,
    typeOf(schema),
    standard,
    prose(description),
  ]
}

function contentOf(content: Schema = {}): string {
  return Object.entries(content)
    .map(([type, value]) => {
      const shown = typeOf((value as { schema: Schema }).schema)
      return type === 'application/json'
        ? shown
        : type === 'application/problem+json'
          ? `${shown} <code>${escaped(type)}</code>`
          : `<code>${escaped(type)}</code>`
    })
    .join(', ')
}

function propertiesOf(schema: Schema): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)
  const required = (schema['required'] ?? []) as string[]
  return tableOf(
    ['Name', 'Type', 'Means'],
    properties.map(([name, one]) => [
      `<code>${escaped(name)}</code>${required.includes(name) ? '' : ' <span class="must">may be absent</span>'}`,
      typeOf(one),
      prose(String(one['description'] ?? '')),
    ]),
  )
}

/** In words and links: `PartitionStatus[]`, `number | null`, `{ online, quiet, total }`. */
function typeOf(schema: Schema): string {
  const { $ref, type, items, properties, additionalProperties } = schema
  const choices = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined
  if (typeof $ref === 'string') {
    const name = escaped($ref.slice($ref.lastIndexOf('/') + 1))
    return `<a href="#${name}">${name}</a>`
  }
  if (choices !== undefined) return choices.map(typeOf).join(' | ')
  if (schema['const'] !== undefined) return `<code>${escaped(JSON.stringify(schema['const']))}</code>`
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((value) => `<code>${escaped(String(value))}</code>`).join(' | ')
  if (type === 'array') return `${typeOf((items ?? {}) as Schema)}[]`
  if (properties !== undefined)
    return `{ ${Object.keys(properties as Schema)
      .map(escaped)
      .join(', ')} }`
  if (typeof additionalProperties === 'object') return `{ name: ${typeOf(additionalProperties as Schema)} }`
  return Array.isArray(type) ? type.join(' | ') : escaped(String(type ?? 'any'))
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((one) => `<th scope="col">${one}</th>`).join('')
  return `<div class="scroll" tabindex="0" role="group" aria-label="${escaped(heads[0]!)}"><table><thead><tr>${head}</tr></thead><tbody>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`
}

function prose(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
