/**
 * The log clock of a partition, and since when its log knows anything: what no single key can move (laws L9 and L11, rules 8 and 10 of
 * docs/store.md). A pure function of the counted events in log order, over a memory of fixed size that `pos` keeps.
 *
 * Several keys: the clock is the time that most of the keys heard last have reached. A key alone: the least time of its last 16 events, and
 * where that leaps over a day, once it has lived a day there. It never goes back; that it lags costs a little memory, that it ran ahead would cost events.
 */
const HOUR_MS = 3_600_000
export const LEAP_MS = 24 * HOUR_MS
/** A history that leads up to when the log began need not be as long as one that stands by itself. */
const LEAD_UP_MS = 5 * 60_000
/** Keys that are remembered: those heard last. */
export const KEYS_HELD = 8
/** A key not heard for this many counted events no longer stands in the way of the others. */
export const FORGOTTEN_AFTER = 1024
/** Events that a key alone must send for its time to be believed. */
export const ALONE_EVENTS = 16
/** Records whose arrival dates the beginning of a log. */
export const DATING_RECORDS = 15
/** Events of others that contradict a key before its time is named as ahead. */
const WITNESSES = 8

export interface HeardKey {
  /** {@link keyHash} of the key. */
  key: number
  /** Time of its latest counted event, in log order. */
  timeMs: number
  /** Number of that event among the counted ones. */
  heard: number
  /** Its events that nobody has confirmed yet, and events of others that have contradicted them. */
  ahead: number
  witnesses: number
}

export interface ClockMemory {
  /** Heard last comes last. */
  keys: HeardKey[]
  /** While one key is alone: events of the block of 16 under way, and the least time in it. */
  alone: { count: number; leastMs: number }
  /** A stretch of time lived through without a leap; `count` up to 16. */
  run: { startMs: number; lastMs: number; count: number } | null
  /** Kafka timestamps of the first records, until there are 15. */
  arrivals: number[]
  /** What they came to. */
  begunMs: number | null
  /** Least start of a run that went on for an hour: a history that was filled in later. */
  livedSinceMs: number | null
}

/** What the clock reads and moves; a part of the partition's state. */
export interface Clocked {
  readonly first: number
  logClockMs: number | null
  newestMs: number | null
  sinceMs: number | null
  readonly clock: ClockMemory
  readonly events: { readonly counted: number }
  ahead: number
}

export function emptyClock(): ClockMemory {
  return {
    keys: [],
    alone: { count: 0, leastMs: Infinity },
    run: null,
    arrivals: [],
    begunMs: null,
    livedSinceMs: null,
  }
}

export function copyClock(clock: ClockMemory): ClockMemory {
  return {
    ...clock,
    keys: clock.keys.map((key) => ({ ...key })),
    alone: { ...clock.alone },
    run: clock.run && { ...clock.run },
    arrivals: clock.arrivals.slice(),
  }
}

/** FNV-1a over UTF-16 code units; an absent key is 0. Two keys of one hash count as one, which only makes the clock more careful. */
export function keyHash(key: string | number | null): number {
  if (key === null) return 0
  const text = typeof key === 'number' ? String(key) : key
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** Takes one counted event, already counted in `events.counted`. */
export function hear(at: Clocked, key: number, timeMs: number, futureMs: number): void {
  const { clock } = at
  if (at.newestMs === null || timeMs > at.newestMs) at.newestMs = timeMs
  const entry = moveToEnd(at, key, timeMs)
  judge(at, entry, timeMs, futureMs)
  entry.timeMs = timeMs
  entry.heard = at.events.counted
  if (clock.keys.length === 1) hearAlone(at, timeMs)
  else {
    if (clock.alone.count > 0) clock.alone = { count: 0, leastMs: Infinity }
    const { length } = clock.keys
    const times = sortedTimes(clock.keys)
    live(at, times[length >> 1]!)
    // law L11: the median of the keys
    raise(at, times[(length - 1) >> 1]!)
  }
  if (at.logClockMs === null || (clock.keys.length > 1 && unsettled === 0)) return
  const confirmedMs = at.logClockMs + futureMs
  const { keys } = clock
  for (let k = 0; k < keys.length; k++) {
    const one = keys[k]!
    if (one.ahead + one.witnesses > 0 && one.timeMs <= confirmedMs) one.ahead = one.witnesses = 0
  }
}

/** Takes the arrival of one data record: its Kafka timestamp, or where it has none the time of its first event. */
export function arrive(at: Clocked, arrivedMs: number | null): void {
  const { clock } = at
  if (arrivedMs !== null && clock.begunMs === null) {
    clock.arrivals.push(arrivedMs)
    if (clock.arrivals.length === DATING_RECORDS) {
      clock.begunMs = earliestOf(clock.arrivals)
      clock.arrivals = []
    }
  }
  const begunMs = begunAt(clock)
  // What was before the first retained record is gone, whatever history was filled in after it.
  const livedMs = at.first === 0 ? clock.livedSinceMs : null
  at.sinceMs = begunMs === null ? livedMs : livedMs === null ? begunMs : Math.min(begunMs, livedMs)
}

/** What the keys held together of events that nobody has confirmed, and of contradictions, when they were last gone through: mostly nothing. */
let unsettled = 0

/** Hot: moved in place, and the entry of the key that is forgotten for another one is used again. */
function moveToEnd(at: Clocked, key: number, timeMs: number): HeardKey {
  const { keys } = at.clock
  let found = -1
  unsettled = 0
  for (let k = 0; k < keys.length; k++) {
    const one = keys[k]!
    unsettled += one.ahead + one.witnesses
    if (one.key === key) found = k
  }
  let entry = keys[found]
  if (entry === undefined && keys.length === KEYS_HELD) {
    found = 0
    entry = keys[0]!
    at.ahead += entry.ahead
    entry.key = key
    entry.heard = entry.ahead = entry.witnesses = 0
    entry.timeMs = timeMs
  }
  if (entry === undefined) keys.push((entry = { key, timeMs, heard: 0, ahead: 0, witnesses: 0 }))
  else {
    for (let k = found + 1; k < keys.length; k++) keys[k - 1] = keys[k]!
    keys[keys.length - 1] = entry
  }
  while (keys.length > 1 && at.events.counted - keys[0]!.heard > FORGOTTEN_AFTER)
    at.ahead += keys.shift()!.ahead
  return entry
}

/** Whether an event stands ahead of all that others have confirmed, and what it says of those that do. */
function judge(at: Clocked, entry: HeardKey, timeMs: number, futureMs: number): void {
  const { logClockMs, clock } = at
  if (logClockMs === null || timeMs > logClockMs + futureMs) {
    if (entry.ahead > 0 && entry.timeMs - timeMs > LEAP_MS) settle(entry, at) // its own later word is another
    entry.ahead++
    if (entry.witnesses >= WITNESSES) settleKeeping(entry, at)
    return
  }
  if (unsettled === 0) return
  if (entry.ahead > 0 || entry.witnesses > 0) settle(entry, at)
  const { keys } = clock
  for (let k = 0; k < keys.length; k++) {
    const other = keys[k]!
    if (other === entry || (other.ahead === 0 && other.witnesses === 0)) continue
    if (other.witnesses < WITNESSES) other.witnesses++
    if (other.witnesses >= WITNESSES) settleKeeping(other, at)
  }
}

function settle(entry: HeardKey, at: Clocked): void {
  settleKeeping(entry, at)
  entry.witnesses = 0
}

function settleKeeping(entry: HeardKey, at: Clocked): void {
  at.ahead += entry.ahead
  entry.ahead = 0
}

function hearAlone(at: Clocked, timeMs: number): void {
  const { clock } = at
  const run = live(at, timeMs)
  const count = clock.alone.count + 1
  // law L11: a key alone waits
  const leastMs = Math.min(clock.alone.leastMs, timeMs)
  if (count < ALONE_EVENTS) {
    clock.alone = { count, leastMs }
    return
  }
  clock.alone = { count: 0, leastMs: Infinity }
  if ((at.logClockMs !== null && leastMs - at.logClockMs <= LEAP_MS) || leastMs - run.startMs >= LEAP_MS)
    raise(at, leastMs)
}

function raise(at: Clocked, timeMs: number): void {
  if (at.logClockMs === null || timeMs > at.logClockMs) at.logClockMs = timeMs
}

/** The present time moves on; a leap of more than a day, forth or back, begins a new run, and so does one out of a few late events into the present. */
function live({ clock }: Clocked, timeMs: number): NonNullable<ClockMemory['run']> {
  let { run } = clock
  const isArriving =
    run !== null &&
    run.count < ALONE_EVENTS &&
    timeMs > run.lastMs + HOUR_MS &&
    timeMs >= (begunAt(clock) ?? Infinity) - HOUR_MS
  if (run === null || isArriving || timeMs < run.startMs - LEAP_MS || timeMs > run.lastMs + LEAP_MS)
    run = clock.run = { startMs: timeMs, lastMs: timeMs, count: 0 }
  else if (timeMs > run.lastMs) run.lastMs = timeMs
  if (run.count < ALONE_EVENTS) run.count++
  if (
    run.count === ALONE_EVENTS &&
    (clock.livedSinceMs === null || run.startMs < clock.livedSinceMs) &&
    run.lastMs - run.startMs >= historyMs(clock, run.startMs)
  )
    clock.livedSinceMs = run.startMs
  return run
}

/** How long a run must have lasted to be a history. */
export function historyMs(clock: ClockMemory, startMs: number): number {
  const begunMs = begunAt(clock)
  // law L9: one reading dates no log
  return begunMs !== null && startMs >= begunMs - LEAP_MS ? LEAD_UP_MS : HOUR_MS
}

function begunAt({ begunMs, arrivals }: ClockMemory): number | null {
  return begunMs ?? earliestOf(arrivals)
}

/** The earliest of some arrivals that another one follows within an hour, no more than a day before the middle one; else the middle one. */
function earliestOf(arrivals: readonly number[]): number | null {
  if (arrivals.length === 0) return null
  const sorted = [...arrivals].sort((a, b) => a - b)
  const middle = sorted[sorted.length >> 1]!
  return (
    sorted.find(
      (ms, at) => ms >= middle - LEAP_MS && at + 1 < sorted.length && sorted[at + 1]! - ms <= HOUR_MS,
    ) ?? middle
  )
}

const sorted = new Float64Array(KEYS_HELD)

/** Hot: a handful of numbers, by insertion. Valid until the next call. */
function sortedTimes(keys: readonly HeardKey[]): Float64Array {
  unsettled = 0
  for (let k = 0; k < keys.length; k++) {
    const { timeMs, ahead, witnesses } = keys[k]!
    unsettled += ahead + witnesses
    let at = k
    for (; at > 0 && sorted[at - 1]! > timeMs; at--) sorted[at] = sorted[at - 1]!
    sorted[at] = timeMs
  }
  return sorted
}
