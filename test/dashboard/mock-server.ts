/**
 * A query API for tests of the page: speaks `query-api/wire.ts` from made-up but computable numbers, and can be told to be
 * late, partial, silent, refusing or gone. Values are pure functions of (series, window), so a test can recount them.
 */
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type {
  CatalogSource,
  CollectAnswer,
  EntitiesAnswer,
  LivePatch,
  PartitionState,
  Problem,
  Provenance,
  SeriesAnswer,
  SeriesMeta,
  StatusAnswer,
  TailAnswer,
  TailRow,
  TopAnswer,
} from '../../query-api/wire.ts'

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
  /** How much of a newer definition is counted, or null. */
  rebuilding: number | null
  /** Offsets that the ledger of clicks/1 misses. */
  lostOffsets: number
  /** Whether Kafka tells this API where the log ends. */
  kafka: boolean
  /** Partition 3 of each source is in this state; null goes by `complete`. */
  third: PartitionState | null
  /** Frames of answers stop, though beats come: the store hangs. */
  hung: boolean
  /** An answer holds this many names, the others as one; null holds all. */
  most: number | null
  /** Events of devices whose clocks are ahead of everybody's. */
  ahead: number
  /** Filters of this text find nothing. */
  without: string | null
}

const intervals = [
  { name: '1s', ms: 1000, keepMs: 2_700_000 },
  { name: '1m', ms: 60_000, keepMs: 172_800_000 },
]
const field = (
  name: string,
  type: 'string' | 'number' = 'string',
  optional = false,
): CatalogSource['fields'][number] => ({ name, type, optional, path: [name] })
const count = (metric: string, where: string[] = []): CatalogSource['metrics'][number] => ({
  metric,
  kind: 'count',
  stats: ['count'],
  field: null,
  where,
})
const about = { generation: 1, def: '7c1f3a09', partitions: 4, intervals, timePath: ['ts'] }
export const clicks: CatalogSource = {
  ...about,
  source: 'clicks',
  topic: 'clicks',
  key: 'visitor',
  entity: null,
  fields: [
    field('type'),
    field('path'),
    field('country', 'string', true),
    field('device', 'string', true),
    field('visitor'),
    field('amount', 'number', true),
  ],
  metrics: [
    count('clicks.events'),
    count('clicks.views', ['type:is:page_view']),
    { metric: 'clicks.revenue', kind: 'sum', stats: ['sum'], field: 'amount', where: [] },
  ],
  breakdowns: [['type'], ['path'], ['country'], ['device'], ['country', 'device']],
}
export const readings: CatalogSource = {
  ...about,
  source: 'readings',
  topic: 'readings',
  key: 'device',
  entity: { field: 'device', onlineMs: 120_000, last: { by: 'signal', of: ['value', 'unit'] } },
  fields: [
    field('device'),
    field('site'),
    field('signal'),
    field('value', 'number'),
    field('unit', 'string', true),
  ],
  metrics: [
    count('readings.readings'),
    {
      metric: 'readings.value',
      kind: 'stats',
      stats: ['avg', 'count', 'sum', 'min', 'max', 'stddev'],
      field: 'value',
      where: [],
    },
  ],
  breakdowns: [['site'], ['signal'], ['site', 'signal']],
}
/** A source that nobody drew a page for. */
export const orders: CatalogSource = {
  ...about,
  source: 'orders',
  topic: 'shop-orders',
  key: 'customer',
  entity: null,
  fields: [field('customer'), field('status'), field('shop', 'string', true), field('total', 'number')],
  metrics: [
    count('orders.placed'),
    { metric: 'orders.turnover', kind: 'sum', stats: ['sum'], field: 'total', where: [] },
    {
      metric: 'orders.total',
      kind: 'stats',
      stats: ['avg', 'count', 'sum', 'min', 'max', 'stddev'],
      field: 'total',
      where: [],
    },
  ],
  breakdowns: [['status'], ['shop']],
}

const shares: Record<string, Record<string, number>> = {
  country: { DE: 69, FR: 44, NL: 33, PL: 22, GB: 19, ES: 5, IT: 4, DK: 4, SE: 3, US: 2 },
  type: { page_view: 160, click: 28, add_to_cart: 11, purchase: 4, search: 2 },
  device: { mobile: 121, desktop: 70, tablet: 14 },
  site: { Porto: 460, Hamburg: 400, Rotterdam: 260, Bergen: 90 },
  signal: { temperature: 605, humidity: 403, power: 202 },
  path: Object.fromEntries(
    Array.from({ length: 14 }, (_, i) => [
      ['/harbour/tides', '/tickets/ferry', '/weather/north-sea', '/'][i] ?? `/docs/chapter-${i}`,
      Math.round(60 / (i + 1)),
    ]),
  ),
  status: { paid: 9, open: 4, sent: 2 },
  shop: { harbour: 8, online: 7 },
}
const totals: Record<string, number> = {
  'clicks.views': 160,
  'clicks.revenue': 53.25,
  'readings.value.sum': 9000,
  'readings.value.count': 600,
  'orders.turnover': 640.5,
  'orders.total.sum': 640.5,
  'orders.total.count': 15,
}
const whole: Record<string, string> = {
  'clicks.events': 'country',
  'readings.readings': 'site',
  'orders.placed': 'status',
}

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
  if (by === null && parts !== undefined)
    return Object.keys(shares[parts]!).reduce((sum, part) => sum + valueAt(metric, parts, part, atMs), 0)
  const level = by === null ? totals[metric]! : (shares[by]?.[name] ?? 0)
  const wave =
    1 +
    0.06 * Math.sin(atMs / 47_000 + name.length) +
    0.3 * Math.exp(-((((atMs / 1000) % 1200) - 700) ** 2) / 9000)
  const value = level * (wave + (noise(`${metric}${name}${atMs}`) - 0.5) * 0.35)
  if (metric.endsWith('.sum') && by !== null) return Math.round(value * (4 + name.length) * 100) / 100
  return metric.endsWith('revenue') || metric.endsWith('turnover')
    ? Math.round(value * 100) / 100
    : Math.max(0, Math.round(value))
}

const unitsMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const rangeMs = (from: string): number => {
  if (/^\d+$/.test(from)) return Date.now() - Number(from)
  const found = /^now-(\d+)([mhd])$/.exec(from)
  return found === null ? 900_000 : Number(found[1]) * unitsMs[found[2]!]!
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

export class MockServer {
  readonly mood: Mood = {
    lagMs: 41,
    stoppedAtMs: null,
    complete: 1,
    behindRecords: 0,
    silent: false,
    empty: false,
    sinceMs: 0,
    hole: null,
    problem: null,
    slowMs: 0,
    rebuilding: null,
    lostOffsets: 0,
    kafka: true,
    third: null,
    hung: false,
    most: null,
    ahead: 0,
    without: null,
  }
  /** What the catalog tells. */
  catalog: CatalogSource[] = [clicks, readings]
  /** Every query text that was asked, in order. */
  readonly asked: string[] = []
  /** The devices' order by silence is turned by so many. */
  turn = 0
  /** Names of a ranking in place of the usual ones. */
  named: (string | null | Partial<TopAnswer['rows'][number]>)[] | null = null
  /** Streams open now. */
  streams = 0
  readonly #root: string
  readonly #everyMs: number
  #server: Server | undefined
  #port = 0
  #sent: TailRow[] = []
  /** Events that the collector took. */
  readonly taken: string[] = []
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
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve),
    )
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
    if (url.pathname === '/v1/events' && request.method === 'POST')
      return this.#collect(url, request, response)
    const json = (body: unknown): void =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/v1/catalog') return json({ sources: this.catalog, damaged: [] })
    if (url.pathname === '/v1/status') return json(this.status())
    if (url.pathname === '/v1/top') return json(this.top(`top?${url.searchParams}`))
    const file = join(
      this.#root,
      url.pathname === '/' || url.pathname === '/pipeline' ? 'index.html' : url.pathname,
    )
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
      const row: TailRow = {
        source,
        partition: 3,
        offset: this.#offset++,
        index: 0,
        tsMs: nowMs,
        atMs: nowMs,
        via: 'http',
        raw: body,
      }
      this.#sent.push(row)
      this.taken.push(body)
      const answer: CollectAnswer = {
        accepted: 1,
        rejected: 0,
        items: [{ status: 'accepted', partition: 3, offset: row.offset }],
      }
      response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  }

  provenance(source: string): Provenance {
    const asOfMs = this.asOfMs()
    const counted = this.mood.empty ? 0 : Math.floor((asOfMs ?? 0) / 1000) % 1_000_000
    return {
      vector: Object.fromEntries(
        Array.from({ length: 4 }, (_, p) => [String(p), counted === 0 ? 0 : counted * 50 + p]),
      ),
      topic: source,
      asOfMs,
      lagMs: asOfMs === null ? null : Date.now() - asOfMs,
      complete: this.mood.complete,
      partitions: 4,
      logEnd: this.mood.kafka
        ? { from: 'kafka', atMs: Date.now() }
        : { from: 'worker', atMs: asOfMs, why: 'connection refused' },
      sinceMs: this.mood.empty ? null : this.mood.sinceMs,
      latestMs: asOfMs,
      behindRecords: this.mood.behindRecords,
      generation: 1,
      def: '7c1f3a09',
      from: 'rollup',
      ...(this.mood.rebuilding === null
        ? {}
        : { rebuilding: { generation: 2, progress: this.mood.rebuilding } }),
    }
  }

  /** The names that pass the filters on `by`. */
  #names(query: URLSearchParams, by: string): string[] {
    if (query.getAll('where').some((text) => text === this.mood.without)) return []
    const filters = query.getAll('where').map((text) => text.split(':') as [string, string, string])
    return Object.keys(shares[by] ?? {}).filter((name) =>
      filters.every(
        ([field, op, values]) => field !== by || values.split(',').includes(name) === (op === 'is'),
      ),
    )
  }

  /** The refusal of a question whose fields no breakdown holds together. */
  refusal(text: string): Problem | null {
    const query = new URLSearchParams(text.split('?')[1])
    const source = this.catalog.find((one) => one.source === (query.get('metric') ?? '').split('.')[0])
    const wanted = [
      ...new Set([
        ...(query.get('by')?.split(',') ?? []),
        ...query.getAll('where').map((one) => one.split(':')[0]!),
      ]),
    ]
    if (
      source === undefined ||
      source.breakdowns.some((fields) => wanted.every((one) => fields.includes(one)))
    )
      return null
    return {
      type: 'urn:tidemark:problem:breakdown_needed',
      title: 'No breakdown holds these fields',
      status: 422,
      detail: `no breakdown of ${source.source} holds ${wanted.join(' and ')} together`,
      errors: [{ pointer: '/by', detail: `breakdowns: [[${wanted.join(', ')}]]` }],
    }
  }

  top(text: string): TopAnswer {
    const query = new URLSearchParams(text.split('?')[1])
    const metric = query.get('metric') ?? ''
    const by = query.get('by') ?? ''
    const source = metric.split('.')[0]!
    const toMs = this.asOfMs() ?? Date.now()
    const fromMs = toMs - rangeMs(query.get('from') ?? '')
    const s = (toMs - fromMs) / 1000
    const row = (name: string): TopAnswer['rows'][number] => {
      const value = Math.round((shares[by]?.[name] ?? 0) * s)
      const previous = name === '/weather/north-sea' ? 0 : Math.round(value * (0.9 + noise(name) * 0.2))
      return {
        labels: { [by]: name },
        value,
        share: 0,
        previous,
        change: previous === 0 ? null : (value - previous) / previous,
      }
    }
    const made = this.named?.map((name, i): TopAnswer['rows'][number] => ({
      labels: { [by]: typeof name === 'string' ? name : null },
      value: 1000 - i,
      share: 0,
      previous: null,
      change: null,
      ...(typeof name === 'object' ? name : {}),
    }))
    const all =
      made ?? (this.mood.empty ? [] : this.#names(query, by)).map(row).sort((a, b) => b.value! - a.value!)
    const total = all.reduce((sum, one) => sum + one.value!, 0)
    const rows = all
      .slice(0, Number(query.get('limit') ?? 10))
      .map((one) => ({ ...one, share: one.value! / total }))
    const compared = query.get('compare') !== null
    return {
      rows: compared ? rows : rows.map((one) => ({ ...one, previous: null, change: null })),
      others: null,
      total: { value: total, previous: null, change: null },
      meta: {
        ...this.provenance(source),
        source,
        metric,
        by,
        fromMs,
        toMs,
        askedFromMs: fromMs,
        askedToMs: toMs,
        previous: compared ? { fromMs: fromMs - s * 1000, toMs: fromMs, known: true } : null,
        intervals: ['1s'],
        rowsTotal: all.length,
      },
    }
  }

  entities(): EntitiesAnswer {
    const asOfMs = this.asOfMs()
    const names =
      asOfMs === null
        ? []
        : [
            'bergen-quay-04',
            'porto-meter-31',
            'porto-cold-07',
            'hamburg-dock-12',
            'bergen-quay-21',
            'rotterdam-pump-02',
          ]
    for (let i = 0; i < this.turn % 6; i++) names.push(names.shift() ?? '')
    const rows = names.map((entity, i): EntitiesAnswer['rows'][number] => {
      const seenMs = (asOfMs ?? 0) - (i < 2 ? 200_000 - i * 1000 : 2000 - 300 * i)
      return {
        entity,
        seenMs,
        skewMs: 0,
        status: i < 2 ? 'quiet' : 'online',
        last: [
          { by: 'temperature', atMs: seenMs, values: { value: 9.1 - i, unit: '°C' } },
          { by: 'humidity', atMs: seenMs - 10, values: { value: 71.4, unit: '%' } },
        ],
      }
    })
    if (this.mood.ahead > 0 && rows[0] !== undefined)
      rows[0] = { ...rows[0], status: 'ahead', skewMs: 400 * 86_400_000 }
    return {
      counts: {
        quiet: rows.length === 0 ? 0 : 2,
        online: rows.length === 0 ? 0 : 1185,
        ahead: this.mood.ahead,
        total: rows.length === 0 ? 0 : 1187,
      },
      rows,
      next: null,
      meta: {
        ...this.provenance('readings'),
        source: 'readings',
        onlineAfterMs: asOfMs,
        aheadAfterMs: asOfMs,
        onlineMs: 120_000,
        by: 'signal',
        of: ['value', 'unit'],
      },
    }
  }

  #stateOf(
    partition: string,
  ): Pick<StatusAnswer['sources'][number]['partitions'][number], 'state' | 'why' | 'halt'> {
    const third = this.mood.third ?? (this.mood.complete < 1 ? 'stale' : null)
    const state =
      partition === '3' && third !== null ? third : this.mood.behindRecords > 0 ? 'behind' : 'counted'
    const whys: Partial<Record<PartitionState, string>> = {
      halted:
        'Its worker halted, LOG_STARTS_LATER: the log starts at 17. Run tidemark partition skip clicks/3 --to 17 --why "lost" to go on.',
      unopened: 'No worker ever opened it.',
      stale: 'Its worker has not reported for 10 s.',
    }
    return {
      state,
      why: whys[state] ?? null,
      halt:
        state === 'halted'
          ? {
              code: 'LOG_STARTS_LATER',
              message: 'the log starts at 17',
              command: 'tidemark partition skip --source clicks --partition 3 --to 17 --why "..."',
              atMs: Date.now(),
            }
          : null,
    }
  }

  status(): StatusAnswer {
    const nowMs = Date.now()
    const source = ({
      source: name,
      topic,
      generation,
      def,
    }: CatalogSource): StatusAnswer['sources'][number] => {
      const provenance = this.provenance(name)
      const stale = this.mood.complete < 1
      const partitions = Object.entries(provenance.vector).map(
        ([p, next]): StatusAnswer['sources'][number]['partitions'][number] => {
          const lost = name === 'clicks' && p === '1' ? this.mood.lostOffsets : 0
          return {
            partition: Number(p),
            first: 0,
            next,
            end: next + this.mood.behindRecords,
            endAtMs: provenance.asOfMs,
            logClockMs: provenance.asOfMs,
            newestMs: provenance.asOfMs,
            offsets: {
              data: Math.max(0, next - 7 - lost),
              control: Math.min(next, 5),
              aborted: Math.min(next, 2),
              compacted: 0,
              skipped: 0,
            },
            events: { counted: Math.max(0, next - 9), late: 1, rejected: 1 },
            ahead: this.mood.ahead,
            lateByInterval: { '1s': 1, '1m': 0 },
            stale: stale && p === '3',
            rev: 1,
            endFrom: this.mood.kafka ? 'kafka' : 'worker',
            behindRecords: this.mood.behindRecords,
            reportedMs: provenance.asOfMs,
            damage: null,
            ...this.#stateOf(p),
          }
        },
      )
      const rebuilding =
        this.mood.rebuilding === null
          ? null
          : {
              generation: 2,
              progress: this.mood.rebuilding,
              def: '11223344',
              sinceMs: nowMs - 60_000,
              partitions: [],
            }
      return {
        source: name,
        topic,
        generation,
        def,
        partitions,
        provenance,
        generations: [{ generation, def, state: 'active', sinceMs: nowMs - 3_600_000 }],
        rebuilding,
        freshness: null,
        damaged: [],
      }
    }
    const reject = (
      offset: number,
      reason: string,
      detail: string,
      raw: string,
    ): StatusAnswer['recentRejects'][number] => ({
      source: 'readings',
      partition: 1,
      offset,
      tsMs: nowMs - offset * 100,
      reason,
      detail,
      key: null,
      raw,
      bytes: raw.length,
      events: 1,
    })
    return {
      nowMs,
      version: '0.1.0',
      kafka: {
        state: this.mood.kafka ? 'up' : 'away',
        atMs: nowMs,
        why: this.mood.kafka ? null : 'connection refused',
        at: '127.0.0.1:45992',
      },
      damaged: [],
      sources: this.catalog.map(source),
      store: [{ node: '127.0.0.1:4479', usedBytes: 19_204_112, maxBytes: 512_000_000 }],
      rewinds: 3,
      recentRejects: this.mood.empty
        ? []
        : [
            reject(
              22,
              'value',
              'value: "n/a" is not a number',
              '{"signal":"temperature","value":"n/a","ts":1795',
            ),
            reject(44, 'json', 'not JSON, byte 41', '{"signal":"power\u0000\u001f'),
          ],
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
    const toMs = Number(query.get('to') ?? Date.now())
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
    const names = provenance.asOfMs === null ? [] : by === null ? [''] : this.#names(query, by)
    const meta: SeriesMeta = {
      ...provenance,
      source,
      metric,
      by,
      interval: intervalMs === 1000 ? '1s' : '1m',
      intervalMs,
      fromMs: firstMs,
      toMs: (timesMs.at(-1) ?? firstMs) + intervalMs,
      seriesTotal: names.length,
    }
    const values = names.map((name) => timesMs.map((at) => value(name, at)))
    const previous =
      query.get('compare') === null
        ? {}
        : {
            previous: {
              shiftMs: span,
              values: names.map((name) =>
                timesMs.map((at): number | null =>
                  at - span < sinceMs ? null : valueAt(metric, by, name, at - span) * (intervalMs / 1000),
                ),
              ),
            },
          }
    const most = Math.min(names.length, this.mood.most ?? names.length)
    const rest = <T>(columns: T[][]): T[][] => columns.slice(most)
    const add = (columns: (number | null)[][]): (number | null)[] =>
      timesMs.map((_, i) =>
        columns.reduce<number | null>(
          (sum, column) => (column[i] == null ? sum : (sum ?? 0) + column[i]),
          null,
        ),
      )
    const before = 'previous' in previous ? previous.previous.values : null
    const others =
      most === names.length
        ? {}
        : {
            others: {
              count: names.length - most,
              values: add(rest(values)),
              ...(before === null ? {} : { previous: add(rest(before)) }),
            },
          }
    const shown = before === null ? {} : { previous: { shiftMs: span, values: before.slice(0, most) } }
    return {
      timesMs,
      series: names
        .slice(0, most)
        .map((name, i) => ({ labels: by === null ? {} : { [by]: name }, values: values[i]! })),
      ...others,
      ...shown,
      meta,
    }
  }

  #tail(source: string, via: string | null): TailAnswer {
    const sent = this.#sent.filter((row) => row.source === source)
    if (via !== null) return { rows: sent.slice(-3), meta: { ...this.provenance(source), source } }
    const asOfMs = this.asOfMs()
    const raw = (i: number): string =>
      source === 'clicks'
        ? JSON.stringify({
            type: 'page_view',
            path: ['/harbour/tides', '/tickets/ferry', '/weather/north-sea', '/'][i % 4],
            country: ['DE', 'FR', 'NL', 'PL', 'GB'][i % 5],
            visitor: `v${i}`,
          })
        : JSON.stringify({
            device: ['porto-cold-07', 'bergen-quay-21', 'hamburg-dock-12'][i % 3],
            site: 'Porto',
            signal: ['temperature', 'humidity'][i % 2],
            value: 4 + (i % 60) / 10,
            unit: ['°C', '%'][i % 2],
          })
    const rows: TailRow[] = []
    if (asOfMs !== null)
      for (let n = 0; n < 30; n++) {
        const tsMs = Math.floor(asOfMs / 37) * 37 - n * 37 - (source === 'clicks' ? 0 : 7)
        rows.push({
          source,
          partition: n % 4,
          offset: Math.floor(tsMs / 37) % 1e9,
          index: 0,
          tsMs,
          atMs: tsMs - 4,
          via: null,
          raw: raw(Math.floor(tsMs / 37)),
        })
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
      if (this.mood.silent || this.mood.hung) return
      asked.forEach((text, q) => {
        if (this.mood.problem !== null) {
          answered.delete(q)
          say('error', { q, problem: this.mood.problem })
        } else if (text.startsWith('events')) {
          const query = new URLSearchParams(text.split('?')[1])
          say('reset', { q, answer: this.#tail(query.get('source') ?? '', query.get('via')) })
        } else if (this.refusal(text) !== null) say('error', { q, problem: this.refusal(text) })
        else if (text.startsWith('entities')) say('reset', { q, answer: this.entities() })
        else if (text.startsWith('top')) say('reset', { q, answer: this.top(text) })
        else {
          const answer = this.series(text)
          const fits = answered.has(q) && widths.get(q) === answer.series.length && this.mood.hole === null
          answered.add(q)
          widths.set(q, answer.series.length)
          if (!fits) return say('reset', { q, answer })
          const from = Math.max(0, answer.timesMs.length - 12)
          const patch: LivePatch = {
            q,
            dropBeforeMs: answer.timesMs[0]!,
            timesMs: answer.timesMs.slice(from),
            values: answer.series.map((one) => one.values.slice(from)),
            ...(answer.previous === undefined
              ? {}
              : { previous: answer.previous.values.map((one) => one.slice(from)) }),
            ...(answer.others === undefined
              ? {}
              : {
                  others: {
                    count: answer.others.count,
                    values: answer.others.values.slice(from),
                    ...(answer.others.previous === undefined
                      ? {}
                      : { previous: answer.others.previous.slice(from) }),
                  },
                }),
            meta: answer.meta,
          }
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
