/**
 * A query API for tests of the page: speaks `query-api/wire.ts` from made-up but computable numbers, and can be told to be
 * late, partial, silent, refusing or gone. Values are pure functions of (series, window), so a test can recount them.
 */
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { CollectAnswer, LivePatch, Problem, Provenance, SeriesAnswer, SeriesMeta, TailAnswer, TailRow } from '../../query-api/wire.ts'

/** How the API behaves from now on. */
export interface Mood {
  /** asOf is this far behind the clock. */
  lagMs: number
  /** Where asOf stopped (ms), or null while it moves. */
  stoppedAtMs: number | null
  complete: number
  behindRecords: number
  /** No beats and no frames, though the connection stands. */
  silent: boolean
  /** Log without a single event. */
  empty: boolean
  /** The log begins here (ms). */
  sinceMs: number
  /** Windows in here have no data. */
  hole: readonly [number, number] | null
  problem: Problem | null
  /** Answers wait this long. */
  slowMs: number
}

const shares: Record<string, Record<string, number>> = {
  country: { DE: 69, FR: 44, NL: 33, PL: 22, GB: 19, ES: 5, IT: 4, DK: 4, SE: 3, US: 2 },
  type: { page_view: 160, click: 28, add_to_cart: 11, purchase: 4, search: 2 },
  device: { mobile: 121, desktop: 70, tablet: 14 },
  site: { Porto: 460, Hamburg: 400, Rotterdam: 260, Bergen: 90 },
  signal: { temperature: 605, humidity: 403, power: 202 },
}
const totals: Record<string, number> = { 'clicks.views': 160, 'clicks.revenue': 53.25 }
const whole: Record<string, string> = { 'clicks.events': 'country', 'readings.readings': 'site' }

/** FNV-1a: the noise of a window, the same in every run. */
function noise(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

/** What the series `name` holds in the one-second window that starts at `atMs`. */
export function valueAt(metric: string, by: string | null, name: string, atMs: number): number {
  const parts = whole[metric]
  // A total is the sum of a breakdown's parts, so that the page's own adding up can be held against it.
  if (by === null && parts !== undefined) return Object.keys(shares[parts]!).reduce((sum, part) => sum + valueAt(metric, parts, part, atMs), 0)
  const level = by === null ? totals[metric]! : (shares[by]?.[name] ?? 0)
  const wave = 1 + 0.06 * Math.sin(atMs / 47_000 + name.length) + 0.3 * Math.exp(-((((atMs / 1000) % 1200) - 700) ** 2) / 9000)
  const value = level * (wave + (noise(`${metric}${name}${atMs}`) - 0.5) * 0.35)
  return metric.endsWith('revenue') ? Math.round(value * 100) / 100 : Math.max(0, Math.round(value))
}

const unitsMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const rangeMs = (from: string): number => {
  const found = /^now-(\d+)([mhd])$/.exec(from)
  return found === null ? 900_000 : Number(found[1]) * unitsMs[found[2]!]!
}

const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' }

export class MockServer {
  readonly mood: Mood = { lagMs: 41, stoppedAtMs: null, complete: 1, behindRecords: 0, silent: false, empty: false, sinceMs: 0, hole: null, problem: null, slowMs: 0 }
  /** Every query text that was asked, in order. */
  readonly asked: string[] = []
  /** Streams open now. */
  streams = 0
  readonly #root: string
  readonly #everyMs: number
  #server: Server | undefined
  #port = 0
  #sent: TailRow[] = []
  #offset = 91_204

  /** `root` holds the built page; frames go out every `everyMs`. */
  constructor(root: string, everyMs = 200) {
    this.#root = root
    this.#everyMs = everyMs
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#handle(request, response))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Stops and keeps the port, so that a second `start` is the same server back again. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  asOfMs(): number | null {
    return this.mood.empty ? null : (this.mood.stoppedAtMs ?? Date.now() - this.mood.lagMs)
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.address)
    if (url.pathname === '/v1/live') return this.#live(url, response)
    if (url.pathname === '/v1/events' && request.method === 'POST') return this.#collect(url, request, response)
    const file = join(this.#root, url.pathname === '/' ? 'index.html' : url.pathname)
    if (!existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  }

  #collect(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const source = url.searchParams.get('source') ?? ''
    let body = ''
    request.on('data', (bytes) => (body += String(bytes)))
    request.on('end', () => {
      const nowMs = Date.now()
      const row: TailRow = { source, partition: 3, offset: this.#offset++, index: 0, tsMs: nowMs, atMs: nowMs, via: 'http', raw: body }
      this.#sent.push(row)
      const answer: CollectAnswer = { accepted: 1, rejected: 0, items: [{ status: 'accepted', partition: 3, offset: row.offset }] }
      response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  }

  provenance(source: string): Provenance {
    const asOfMs = this.asOfMs()
    const counted = this.mood.empty ? 0 : Math.floor((asOfMs ?? 0) / 1000) % 1_000_000
    return {
      vector: Object.fromEntries(Array.from({ length: 4 }, (_, p) => [String(p), counted * 50 + p])),
      topic: source,
      asOfMs,
      lagMs: asOfMs === null ? null : Date.now() - asOfMs,
      complete: this.mood.complete,
      sinceMs: this.mood.empty ? null : this.mood.sinceMs,
      latestMs: asOfMs,
      behindRecords: this.mood.behindRecords,
      generation: 1,
      def: '7c1f3a09',
      from: 'rollup',
    }
  }

  /** The whole answer to a query as it stands now. */
  series(text: string): SeriesAnswer {
    const query = new URLSearchParams(text.split('?')[1])
    const metric = query.get('metric') ?? ''
    const by = query.get('by')
    const span = rangeMs(query.get('from') ?? '')
    const intervalMs = span <= 3_600_000 ? 1000 : 60_000
    const source = metric.split('.')[0]!
    const provenance = this.provenance(source)
    const toMs = Date.now()
    const firstMs = Math.floor((toMs - span) / intervalMs) * intervalMs
    const asOfMs = provenance.asOfMs ?? 0
    const timesMs: number[] = []
    for (let at = firstMs; at < toMs; at += intervalMs) timesMs.push(at)
    const { hole, sinceMs } = this.mood
    const value = (name: string, at: number): number | null => {
      if (provenance.asOfMs === null || at >= asOfMs || at + intervalMs <= sinceMs) return null
      if (hole !== null && at >= hole[0] && at < hole[1]) return null
      // The window in progress ends at asOf.
      const part = intervalMs === 1000 ? 1 : Math.min(intervalMs, asOfMs - at) / 1000
      return Math.round(valueAt(metric, by, name, at) * part * 100) / 100
    }
    const names = provenance.asOfMs === null ? [] : by === null ? [''] : Object.keys(shares[by] ?? {})
    const meta: SeriesMeta = { ...provenance, source, metric, by, interval: intervalMs === 1000 ? '1s' : '1m', intervalMs, fromMs: firstMs, toMs: (timesMs.at(-1) ?? firstMs) + intervalMs, seriesTotal: names.length }
    return { timesMs, series: names.map((name) => ({ labels: by === null ? {} : { [by]: name }, values: timesMs.map((at) => value(name, at)) })), meta }
  }

  #tail(source: string, via: string | null): TailAnswer {
    const sent = this.#sent.filter((row) => row.source === source)
    if (via !== null) return { rows: sent.slice(-3), meta: { ...this.provenance(source), source } }
    const asOfMs = this.asOfMs()
    const raw = (i: number): string =>
      source === 'clicks'
        ? JSON.stringify({ type: 'page_view', path: ['/harbour/tides', '/tickets/ferry', '/weather/north-sea', '/'][i % 4], country: ['DE', 'FR', 'NL', 'PL', 'GB'][i % 5], visitor: `v${i}` })
        : JSON.stringify({ device: ['porto-cold-07', 'bergen-quay-21', 'hamburg-dock-12'][i % 3], site: 'Porto', signal: ['temperature', 'humidity'][i % 2], value: 4 + (i % 60) / 10, unit: ['°C', '%'][i % 2] })
    const rows: TailRow[] = []
    if (asOfMs !== null)
      for (let n = 0; n < 30; n++) {
        const tsMs = Math.floor(asOfMs / 37) * 37 - n * 37 - (source === 'clicks' ? 0 : 7)
        rows.push({ source, partition: n % 4, offset: Math.floor(tsMs / 37) % 1e9, index: 0, tsMs, atMs: tsMs - 4, via: null, raw: raw(Math.floor(tsMs / 37)) })
      }
    rows.push(...sent)
    return { rows, meta: { ...this.provenance(source), source } }
  }

  #live(url: URL, response: ServerResponse): void {
    const asked = url.searchParams.getAll('q')
    this.asked.push(...asked)
    this.streams++
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const say = (event: string, data: unknown): void => {
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    const answered = new Set<number>()
    const widths = new Map<number, number>()
    const round = (): void => {
      if (this.mood.silent) return
      asked.forEach((text, q) => {
        if (this.mood.problem !== null) {
          answered.delete(q)
          say('error', { q, problem: this.mood.problem })
        } else if (text.startsWith('events')) {
          const query = new URLSearchParams(text.split('?')[1])
          say('reset', { q, answer: this.#tail(query.get('source') ?? '', query.get('via')) })
        }
        else {
          const answer = this.series(text)
          const fits = answered.has(q) && widths.get(q) === answer.series.length && this.mood.hole === null
          answered.add(q)
          widths.set(q, answer.series.length)
          if (!fits) return say('reset', { q, answer })
          const from = Math.max(0, answer.timesMs.length - 12)
          const patch: LivePatch = { q, dropBeforeMs: answer.timesMs[0]!, timesMs: answer.timesMs.slice(from), values: answer.series.map((one) => one.values.slice(from)), meta: answer.meta }
          say('patch', patch)
        }
      })
    }
    const beat = (): void => {
      if (!this.mood.silent) say('beat', { nowMs: Date.now() })
    }
    let frames: ReturnType<typeof setInterval> | undefined
    const begin = setTimeout(() => {
      beat()
      round()
      frames = setInterval(round, this.#everyMs)
    }, this.mood.slowMs)
    const beats = setInterval(beat, 1000)
    response.on('close', () => {
      this.streams--
      clearTimeout(begin)
      clearInterval(frames)
      clearInterval(beats)
    })
  }
}
