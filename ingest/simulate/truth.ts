import type { ClickType, Fault, Reading, Signal, SimulatedRecord, SourceName } from './events.ts'

/** What is true of everything that was acknowledged for one source. */
export interface SourceTruth {
  topic: string
  /** All records; `events` and the malformed ones together. */
  records: number
  /** Well-formed, duplicates and late ones included: what the pipeline must count. */
  events: number
  late: number
  duplicates: number
  malformed: Partial<Record<Fault, number>>
  /** Records per partition, by partition number. */
  partitions: number[]
  /** Earliest and latest event time, ms; null without events. */
  firstMs: number | null
  lastMs: number | null
  by: Record<string, Record<string, number>>
  /** Exact sums: `amount` in cents over all purchases; or `value` in hundredths by signal, and by how many tenths the counters grew. */
  sums: Record<string, number>
}

export interface Truth {
  seed: number
  sources: Partial<Record<SourceName, SourceTruth>>
  /** Records sent again after an error: they may be in the log twice, so that the numbers above are then a lower bound. */
  unsure: number
}

const bump = (counts: Record<string, number>, name: string, by = 1) =>
  void (counts[name] = (counts[name] ?? 0) + by)

function emptyTruth(topic: string, partitions: number): SourceTruth {
  return {
    topic,
    records: 0,
    events: 0,
    late: 0,
    duplicates: 0,
    malformed: {},
    partitions: Array.from({ length: partitions }, () => 0),
    firstMs: null,
    lastMs: null,
    by: {},
    sums: {},
  }
}

/** Keeps the ledger of what was produced. */
export interface Ledger {
  readonly truth: Truth
  add(record: SimulatedRecord, partition: number): void
}

export function openLedger(
  seed: number,
  topics: ReadonlyMap<SourceName, { topic: string; partitions: number }>,
): Ledger {
  const truth: Truth = { seed, sources: {}, unsure: 0 }
  for (const [source, { topic, partitions }] of topics) truth.sources[source] = emptyTruth(topic, partitions)

  const counters = new Map<string, number>()
  function countCounter(of: SourceTruth, { device, counter }: Reading): void {
    if (counter === undefined) return
    const tenths = Math.round(counter * 10)
    const before = counters.get(device)
    counters.set(device, tenths)
    if (before !== undefined) bump(of.sums, 'counterTenths', tenths < before ? tenths : tenths - before)
  }

  function count(of: SourceTruth, field: string, value: string | undefined): void {
    bump((of.by[field] ??= {}), value ?? '(none)')
  }

  return {
    truth,
    add({ source, event, eventMs, late, duplicate, fault }, partition) {
      const of = truth.sources[source]!
      of.records++
      of.partitions[partition]!++
      if (fault !== null) of.malformed[fault] = (of.malformed[fault] ?? 0) + 1
      if (event === null) return
      of.events++
      if (late) of.late++
      if (duplicate) of.duplicates++
      of.firstMs = Math.min(of.firstMs ?? eventMs, eventMs)
      of.lastMs = Math.max(of.lastMs ?? eventMs, eventMs)
      if ('visitor' in event) {
        count(of, 'type', event.type satisfies ClickType)
        count(of, 'country', event.country)
        count(of, 'device', event.device)
        count(of, 'referrer', event.referrer)
        if (event.amount !== undefined) bump(of.sums, 'amountCents', Math.round(event.amount * 100))
      } else {
        count(of, 'site', event.site)
        count(of, 'signal', event.signal satisfies Signal)
        bump(of.sums, `${event.signal}Hundredths`, Math.round(event.value * 100))
        if (!duplicate) countCounter(of, event)
      }
    },
  }
}

/** The truth as a person reads it. */
export function truthTable({ seed, sources, unsure }: Truth): string {
  const lines = [`produced with seed ${seed}`]
  const rows = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort((a, b) => b[1] - a[1])
      .map(([name, count]) => `${name} ${count}`)
      .join('  ')
  for (const [source, of] of Object.entries(sources)) {
    lines.push('', `${source}: ${of.records} records to topic ${of.topic}`)
    lines.push(`  events      ${of.events} (late ${of.late}, duplicates ${of.duplicates})`)
    lines.push(`  malformed   ${Object.keys(of.malformed).length > 0 ? rows(of.malformed) : 'none'}`)
    if (of.firstMs !== null && of.lastMs !== null)
      lines.push(
        `  event time  ${new Date(of.firstMs).toISOString()} to ${new Date(of.lastMs).toISOString()}`,
      )
    for (const [field, counts] of Object.entries(of.by)) lines.push(`  ${field.padEnd(11)} ${rows(counts)}`)
    for (const [name, sum] of Object.entries(of.sums)) lines.push(`  sum         ${name} ${sum}`)
    lines.push(
      `  partitions  ${of.partitions.map((count, partition) => `${partition}: ${count}`).join('  ')}`,
    )
  }
  if (unsure > 0)
    lines.push('', `${unsure} records were sent again after an error and may be in the log twice`)
  return `${lines.join('\n')}\n`
}
