/** Sources for tests of the fold and of the scanner, as a definition file would give them. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { readDefinition } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { shipped } from '../../model/shipped.ts'

export function sourceOf(
  source: object,
  keep: Record<string, string> = { '1s': '45m', '1m': '2d', '1h': '90d' },
): Source {
  return readDefinition({ sources: { s: source }, keep })[0]!
}

const [clicks, readings] = readDefinition(shipped)
const orders = parse(readFileSync(new URL('../../examples/orders.yaml', import.meta.url), 'utf8')) as never
const counted = { topic: 't', breakdowns: [], metrics: { events: 'count' } }

/** By name; together they say everything that a definition can say of reading a record. */
export const scanned: Readonly<Record<string, Source>> = {
  clicks: clicks!,
  readings: readings!,
  orders: readDefinition(orders)[0]!,
  flat: sourceOf({
    topic: 't',
    key: 'visitor',
    time: 'ts',
    fields: {
      visitor: 'string',
      path: 'string',
      country: 'string?',
      loadMs: 'number?',
      amount: 'number?',
      unused: 'string?',
    },
    breakdowns: ['path', ['country', 'path']],
    metrics: {
      events: 'count',
      de: { count: true, where: ['country:is:DE'] },
      revenue: { sum: 'amount', decimals: 2 },
      visitors: { uniques: 'visitor' },
      countries: { uniques: 'country' },
      load: { stats: 'loadMs', decimals: 6 },
    },
    entity: { online: '1m', last: { by: 'path', of: ['amount'] } },
  }),
  nested: sourceOf({
    topic: 't',
    key: 'device',
    time: 'meta.at',
    fields: {
      device: { type: 'string', from: ['id', 'meta.device'] },
      site: { type: 'string?', from: ['geo.site', 'meta.site', 'site'] },
      value: { type: 'number', from: 'payload.value' },
    },
    breakdowns: ['site'],
    metrics: { value: { stats: 'value', decimals: 3 } },
  }),
  accepting: sourceOf({
    ...counted,
    key: 'code',
    time: ['ts', 'meta.ts', '$timestamp'],
    zone: 'Europe/Berlin',
    framed: 'confluent',
    id: { from: ['id', 'meta.id'], within: '1h' },
    fields: {
      code: { type: 'string', accept: ['number', 'boolean'] },
      flag: { type: 'boolean?', accept: 'text' },
      amount: { type: 'number?', accept: ['text', 'comma'] },
      fee: { type: 'number?', accept: 'text', absent: 'empty' },
      note: { type: 'string?', absent: 'unreadable' },
      loose: { type: 'number?', absent: 'unreadable' },
      page: { type: 'string', from: 'url', clean: 'path' },
      lower: { type: 'string?', from: 'url', clean: ['path', 'lowercase'] },
      campaign: { type: 'string?', from: 'url', query: 'utm_source' },
    },
    breakdowns: ['code', 'flag', 'page', 'lower', 'campaign', 'note'],
    metrics: {
      events: 'count',
      amount: { stats: 'amount', decimals: 4 },
      fee: { sum: 'fee', decimals: 2 },
      loose: { sum: 'loose', decimals: 0 },
    },
  }),
  around: sourceOf({
    ...counted,
    key: 'device',
    time: '$timestamp',
    fields: {
      device: { type: 'string', from: '$key' },
      line: { type: 'string?', from: ['$headers.line', 'line'] },
      value: { type: 'number', accept: 'text', from: ['$headers.value', 'value'] },
      at: { type: 'number?', from: '$timestamp' },
    },
    breakdowns: ['line', 'device'],
    metrics: { value: { sum: 'value', decimals: 2 }, at: { stats: 'at', decimals: 0 } },
  }),
  computed: sourceOf({
    ...counted,
    key: 'device',
    time: 'ts',
    zone: 'Asia/Kathmandu',
    fields: {
      device: { type: 'string?', from: 'code' },
      flag: 'boolean?',
      url: 'string?',
      amount: 'number?',
      small: { compute: 'lower', of: 'device' },
      host: { compute: 'url.host', of: 'url' },
      page: { compute: 'url.path', of: 'url' },
      area: { compute: 'cut', of: 'page', chars: 3 },
      size: { compute: 'bucket', of: 'amount', width: 0.25 },
      hour: { compute: 'hour' },
    },
    breakdowns: ['small', 'area', 'size', 'hour', 'flag'],
    metrics: {
      events: 'count',
      hosts: { uniques: 'host' },
      some: { count: true, where: ['size:not:0..0.25'] },
    },
  }),
  listed: sourceOf({
    ...counted,
    key: 'device',
    time: ['at', '$outer.at'],
    rows: { in: 'data.batch', verdict: 'each' },
    id: ['id', '$headers.value'],
    fields: {
      device: { type: 'string', from: ['$outer.device.id', 'device'] },
      site: { type: 'string?', from: ['$outer.site', '$key'] },
      mode: { type: 'boolean?', from: 'state.mode' },
      value: { type: 'number', accept: 'text' },
    },
    breakdowns: ['device', 'site', 'mode'],
    metrics: { value: { stats: 'value', decimals: 3 } },
  }),
  lines: sourceOf({
    ...counted,
    key: 'path',
    time: 'ts',
    rows: 'lines',
    id: 'id',
    fields: { path: 'string', topic: { type: 'string', from: ['topic', '$topic'] }, n: 'number?' },
    breakdowns: ['path', 'topic'],
    metrics: { n: { sum: 'n', decimals: 2 } },
  }),
  telemetry: sourceOf({
    ...counted,
    key: 'device',
    time: 'ts',
    rows: { in: 'list', pairs: 'values', verdict: 'each' },
    id: ['id', '$value.id'],
    fields: {
      device: { type: 'string', from: ['$key.device.id', '$outer.device', '$topic'] },
      what: { type: 'string', from: '$name' },
      value: { type: 'number?', from: ['$value.v', '$value'], absent: 'unreadable' },
      unit: { type: 'string?', from: ['$value.unit', 'unit'] },
    },
    breakdowns: ['device', 'what', 'unit'],
    metrics: { value: { sum: 'value', decimals: 2 } },
  }),
  pairs: sourceOf({
    ...counted,
    key: 'what',
    time: ['ts', '$timestamp'],
    rows: { lines: true, pairs: true },
    id: ['id', '$key'],
    framed: 'confluent',
    fields: {
      what: { type: 'string', from: '$name' },
      device: { type: 'string?', from: ['device', 'meta.device'], clean: 'lowercase' },
      place: { type: 'string', from: '$topic', clean: 'path' },
      value: { type: 'number', from: '$value' },
    },
    breakdowns: ['what', 'device', 'place'],
    metrics: { value: { stats: 'value', decimals: 2 } },
  }),
}
