/** Requests as the docs have them, asked of a small system, and their answers as a page. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { readFrames } from '../../../client/frames.ts'

const docs = join(import.meta.dirname, '../../../docs')

export interface Documented {
  readonly line: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: string | null
  readonly isLive: boolean
}

/** Each line that begins with `curl`, once. */
export function documented(files: readonly string[]): Documented[] {
  const lines = files.flatMap((file) =>
    readFileSync(join(docs, file), 'utf8')
      .split('\n')
      .filter((line) => /^curl .*'localhost:4400\//.test(line)),
  )
  return [...new Set(lines)].map((line) => {
    const body = / -d '(.*)'$/.exec(line)?.[1] ?? null
    const path = /'localhost:4400(\/[^']*)'/.exec(line)![1]!
    return { line, method: body === null ? 'GET' : 'POST', path, body, isLive: line.startsWith('curl -N') }
  })
}

export async function answerTo(
  app: FastifyInstance,
  { method, path, body, isLive }: Documented,
): Promise<string> {
  if (isLive) return framesOf(app, path)
  const response = await app.inject({
    method,
    url: path,
    ...(body !== null && { payload: body, headers: { 'content-type': 'application/json' } }),
  })
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.body}`)
  const isJson = /json/.test(String(response.headers['content-type']))
  return isJson
    ? `\`\`\`json\n${pretty(response.json())}\n\`\`\``
    : fenced(cut(response.body.trimEnd().split(/\r?\n/)))
}

const fenced = (lines: readonly string[]): string => `\`\`\`\n${lines.join('\n')}\n\`\`\``
const cut = (lines: readonly string[]): string[] =>
  lines.length <= 12
    ? [...lines]
    : [...lines.slice(0, 8), `... ${lines.length - 9} lines more`, lines.at(-1)!]

/** The first word of the stream, and the first frame of each query in their order. */
async function framesOf(app: FastifyInstance, path: string): Promise<string> {
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  const left = new AbortController()
  const found = new Map<number, string>()
  const wanted = new URL(path, base).searchParams.getAll('q').length
  try {
    const response = await fetch(base + path, { signal: left.signal })
    await readFrames(
      response.body!,
      ({ event, data }) => {
        const { q = -1 } = JSON.parse(data) as { q?: number }
        if (!found.has(q)) found.set(q, `event: ${event}\ndata: ${pretty(JSON.parse(data))}`)
        if (found.size > wanted) left.abort()
      },
      left.signal,
    )
  } catch (error) {
    if (!left.signal.aborted) throw error
  }
  return fenced(
    [...found]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([, text]) => [text, ''])
      .slice(0, -1),
  )
}

const WIDTH = 118
/** Longer lists are told by their ends. */
const MOST_ITEMS = 16

/** Of this run alone: what the same log does not decide. What a store tells of itself is named so in one go. */
const OWN = /^(stream|version|def|usedBytes|maxBytes|nodes|memory|calls)$/
const isOwn = (name: string, value: unknown): boolean => value !== null && OWN.test(name)

/** JSON in as few lines as are read well. */
export function pretty(value: unknown, indent = ''): string {
  const flat = oneLine(value)
  if (indent.length + flat.length <= WIDTH || typeof value !== 'object' || value === null) return flat
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one !== 'object' || one === null))
      return `[${wrapped(
        shortened(value).map((one) => (typeof one === 'symbol' ? one.description! : JSON.stringify(one))),
        deeper,
      )}\n${indent}]`
    const items = shortened(value).map((one) =>
      typeof one === 'symbol' ? one.description! : pretty(one, deeper),
    )
    return `[\n${deeper}${items.join(`,\n${deeper}`)}\n${indent}]`
  }
  const fields = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}: ${valueText(name, one, deeper)}`,
  )
  return `{${wrapped(fields, deeper)}\n${indent}}`
}
const valueText = (name: string, value: unknown, indent: string): string =>
  isOwn(name, value) ? '"(of this run)"' : pretty(value, indent)

function oneLine(value: unknown): string {
  if (Array.isArray(value))
    return value.length > MOST_ITEMS ? 'x'.repeat(WIDTH) : `[${value.map(oneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}: ${isOwn(name, one) ? '"(of this run)"' : oneLine(one)}`,
  )
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

const shortened = (list: readonly unknown[]): unknown[] =>
  list.length <= MOST_ITEMS
    ? [...list]
    : [...list.slice(0, 6), Symbol(`... ${list.length - 8} more`), ...list.slice(-2)]

/** One after the other in lines of the width; what has several lines has them for itself. */
function wrapped(items: readonly string[], indent: string): string {
  let text = ''
  let left = 0
  for (const [at, item] of items.entries()) {
    const piece = at < items.length - 1 ? `${item},` : item
    const isLong = item.includes('\n')
    const fits = !isLong && left > piece.length
    text += fits ? ` ${piece}` : `\n${indent}${piece}`
    left = isLong ? 0 : (fits ? left : WIDTH - indent.length) - piece.length - 1
  }
  return text
}
