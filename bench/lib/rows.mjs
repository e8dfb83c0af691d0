// Records of several events, and those whose fields stand in key and topic, for bench/scan.mjs. Like what gateways and ThingsBoard send.

const BEGAN_MS = Date.UTC(2026, 0, 5)
const keep = { '1m': '2d' }
const counted = { topic: 't', breakdowns: ['device'], metrics: { value: { stats: 'value', decimals: 2 } } }
const deviceOf = (n) => `press-${String((n * 7919) % 400).padStart(3, '0')}`
const valueOf = (n) => ((n * 7919) % 10_000) / 100

const workload = (source, record) => ({
  definition: { sources: { t: { ...counted, ...source } }, keep },
  source: 't',
  recordsOf: (count) => Array.from({ length: count }, (_, n) => ({ key: null, ...record(n) })),
})
const times = (many, make) => Array.from({ length: many }, (_, at) => make(at))

export const rowWorkloads = {
  /** Eight readings of a gateway, which says once whose they are. */
  gateway: workload(
    {
      key: 'device',
      time: 'ts',
      rows: { in: 'data.batch', verdict: 'each' },
      fields: { device: { type: 'string', from: '$outer.gateway' }, value: 'number', sensor: 'string' },
      breakdowns: ['device', 'sensor'],
    },
    (n) => ({
      value: JSON.stringify({
        gateway: deviceOf(n),
        firmware: '2.4.1',
        data: {
          batch: times(8, (at) => ({ ts: BEGAN_MS + n, sensor: `s${at}`, value: valueOf(n + at), ok: true })),
        },
      }),
    }),
  ),
  /** ThingsBoard: two moments of four values each. */
  pairs: workload(
    {
      key: 'device',
      time: 'ts',
      rows: { pairs: 'values' },
      fields: {
        device: { type: 'string', from: '$key' },
        what: { type: 'string', from: '$name' },
        value: { type: 'number', from: '$value' },
      },
      breakdowns: ['device', 'what'],
    },
    (n) => ({
      key: deviceOf(n),
      value: JSON.stringify(
        times(2, (at) => ({
          ts: BEGAN_MS + n + at,
          values: {
            temperature: valueOf(n),
            humidity: valueOf(n + 1),
            pressure: valueOf(n + 2),
            battery: valueOf(n + 3),
          },
        })),
      ),
    }),
  ),
  /** Five lines. */
  lines: workload(
    { key: 'device', time: 'ts', rows: 'lines', fields: { device: 'string', value: 'number' } },
    (n) => ({
      value: times(5, (at) =>
        JSON.stringify({
          ts: new Date(BEGAN_MS + n).toISOString(),
          device: deviceOf(n + at),
          value: valueOf(n + at),
          note: 'shift A',
        }),
      ).join('\n'),
    }),
  ),
  /** An array, without a word in the definition. */
  array: workload({ key: 'device', time: 'ts', fields: { device: 'string', value: 'number' } }, (n) => ({
    value: JSON.stringify(
      times(5, (at) => ({
        ts: BEGAN_MS + n,
        device: deviceOf(n + at),
        value: valueOf(n + at),
        note: 'shift A',
      })),
    ),
  })),
  /** One event, its device in the JSON of the key, its line in the topic. */
  keyed: workload(
    {
      key: 'device',
      time: 'ts',
      fields: {
        device: { type: 'string', from: '$key.device' },
        line: { type: 'string', from: '$topic' },
        value: 'number',
      },
      breakdowns: ['device', 'line'],
    },
    (n) => ({
      key: JSON.stringify({ device: deviceOf(n), plant: 7 }),
      value: JSON.stringify({ ts: BEGAN_MS + n, value: valueOf(n), unit: '°C', quality: 'good' }),
    }),
  ),
}
