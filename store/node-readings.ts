/** Everything that a node says of its load and its copies, out of one INFO ALL. */

export interface Replica {
  /** `host:port`, as the primary knows it. */
  readonly replica: string
  readonly isOnline: boolean
  /** Since it last said how far it is. */
  readonly lagSeconds: number
  /** Of the replication stream. */
  readonly behindBytes: number
}

export interface FamilyReading {
  calls: number
  seconds: number
  /** Refused or failed. */
  failed: number
  /** By the quantile's name: of the slowest command of the family. */
  readonly latencySeconds: Map<string, number>
}

export interface NodeReadings {
  /** A number of INFO; null where this engine does not tell it. */
  field(name: string): number | null
  readonly keys: number
  /** Of the keys that expire, over all databases. */
  readonly averageTtlMs: number
  readonly replicas: readonly Replica[]
  readonly families: ReadonlyMap<string, FamilyReading>
}

/** In this order: the first that fits. */
const FAMILIES: readonly (readonly [family: string, names: RegExp])[] = [
  ['hyperloglog', /^pf/],
  ['stream', /^x/],
  ['geo', /^geo/],
  ['sorted_set', /^b?z/],
  ['hash', /^h(?!ello)/],
  ['script', /^(eval|fcall|script|function)/],
  ['pubsub', /^([ps]?(un)?subscribe|s?publish|pubsub)/],
  ['transaction', /^(multi|exec|discard|(un)?watch)$/],
  [
    'list',
    /^b?(l(index|insert|len|move|mpop|pop|pos|push|pushx|range|rem|set|trim)|r(pop|poplpush|push|pushx))$/,
  ],
  ['set', /^s(add|card|diff|inter|ismember|members|mismember|move|pop|randmember|rem|scan|union)/],
  [
    'string',
    /^(m?get|m?set|msetnx|append|(incr|decr)(by(float)?)?|strlen|substr|p?setex|setnx|(get|set)(bit|range)|get(set|del|ex)|lcs|bit\w+)$/,
  ],
  [
    'key',
    /^(copy|del|dump|exists|keys|move|object|persist|p?expire\w*|p?ttl|randomkey|rename\w*|restore|scan|sort\w*|touch|type|unlink|wait\w*)$/,
  ],
]
const OTHER = 'other'
const MICROSECONDS = 1e6

export function familyOf(command: string): string {
  const name = command.toLowerCase().split('|')[0]!
  return FAMILIES.find(([, names]) => names.test(name))?.[0] ?? OTHER
}

/** `text` is the answer to INFO ALL. */
export function readReadings(text: string): NodeReadings {
  const fields = new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const]
    }),
  )
  const field = (name: string): number | null => {
    const value = fields.get(name)
    return value === undefined || value === '' || Number.isNaN(Number(value)) ? null : Number(value)
  }
  const [families, replicas]: [Map<string, FamilyReading>, Replica[]] = [new Map(), []]
  let [keys, expiring, ttlSumMs] = [0, 0, 0]
  const familyAt = (command: string): FamilyReading => {
    const family = familyOf(command)
    const known = families.get(family)
    if (known !== undefined) return known
    const made = { calls: 0, seconds: 0, failed: 0, latencySeconds: new Map<string, number>() }
    families.set(family, made)
    return made
  }
  for (const [name, value] of fields) {
    const [, kind, rest = ''] =
      /^(cmdstat_|latency_percentiles_usec_|slave(?=\d)|db(?=\d))(.*)$/.exec(name) ?? []
    if (kind === undefined) continue
    const pairs = new Map(value.split(',').map((pair) => pair.split('=') as [string, string]))
    const number = (of: string): number => Number(pairs.get(of) ?? 0)
    if (kind === 'db') {
      keys += number('keys')
      expiring += number('expires')
      ttlSumMs += number('expires') * number('avg_ttl')
    } else if (kind === 'slave') replicas.push(replicaOf(pairs, field('master_repl_offset') ?? 0))
    else if (kind === 'cmdstat_') {
      const family = familyAt(rest)
      family.calls += number('calls')
      family.seconds += number('usec') / MICROSECONDS
      family.failed += number('rejected_calls') + number('failed_calls')
    } else
      for (const [quantile, microseconds] of pairs) {
        const { latencySeconds } = familyAt(rest)
        const seconds = Number(microseconds) / MICROSECONDS
        latencySeconds.set(quantile, Math.max(seconds, latencySeconds.get(quantile) ?? 0))
      }
  }
  return { field, keys, averageTtlMs: expiring === 0 ? 0 : ttlSumMs / expiring, replicas, families }
}

/** `ip=127.0.0.1,port=7002,state=online,offset=42,lag=0,...` */
function replicaOf(pairs: ReadonlyMap<string, string>, primaryOffset: number): Replica {
  const host = pairs.get('ip') ?? ''
  return {
    replica: `${host.includes(':') ? `[${host}]` : host}:${pairs.get('port') ?? ''}`,
    isOnline: pairs.get('state') === 'online',
    lagSeconds: Number(pairs.get('lag') ?? 0),
    behindBytes: Math.max(0, primaryOffset - Number(pairs.get('offset') ?? 0)),
  }
}
