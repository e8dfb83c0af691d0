/**
 * A long walk: batches heard and unheard, trimmed and emptied feeds, new names in old and new days, idle times, stores that fall back and are
 * counted again. Every answer of a process that kept what it could is that of one that knows nothing, and the count of the records by hand.
 */
import { expect, test, vi } from 'vitest'
import { FeedTrim } from '../../../ingest/feed-trim.ts'
import type { PartitionState } from '../../../model/partition-state.ts'
import { askOnce } from '../../../query-api/endpoints/ask.ts'
import type { AnyAnswer } from '../../../query-api/endpoints/endpoint.ts'
import { queryEndpoints } from '../../../query-api/endpoints/list.ts'
import { answerOne } from '../../../query-api/engine/rows/one-snapshot.ts'
import { ProblemError } from '../../../query-api/problem.ts'
import { KeptQueries } from '../../../query-api/service/kept-queries.ts'
import { QueryService } from '../../../query-api/service/query-service.ts'
import type { TopAnswer } from '../../../query-api/wire.ts'
import type { Store } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource, type Sent } from '../fill.ts'

/** Tens of thousands find more seldom things, at about twenty a second. */
const STEPS = 60
/** So few that many questions go on to their next way of answering, and some are refused. */
const most = vi.hoisted(() => ({ chunks: 60 }))
vi.mock('../../../query-api/engine/plan/budget.ts', async (original) => ({
  ...(await original<object>()),
  get MAX_CHUNKS() {
    return most.chunks
  },
}))

const T0 = Date.parse('2026-03-04T23:40:00Z')
const PARTITIONS = 2
const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000]
const RANGES = ['now-1m', 'now-5m', 'now-15m', 'now-1h', 'now-3h', 'now-26h', 'now/d', 'now-40m&to=now-10m']
const ASKED = [
  ...RANGES.flatMap((from) =>
    ['', '&compare=previous', '&where=country:is:DE', ' device'].map((more) =>
      more === ' device'
        ? `top?by=country,device&limit=300&from=${from}`
        : `top?by=device&limit=300${more}&from=${from}`,
    ),
  ),
  ...['now-1m&interval=1s', 'now-15m', 'now-3h', 'now-26h', 'now-40m&to=now-10m'].flatMap((from) =>
    ['&by=device&limit=100', '&by=country&compare=previous', ''].map((more) => `series?from=${from}${more}`),
  ),
]

interface Logged {
  readonly items: Sent[]
  readonly atMs: number
}

/** A partition as it was. */
interface Saved {
  readonly partition: number
  readonly state: PartitionState
  readonly copy: [string, Buffer][]
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class Walk {
  readonly #random: () => number
  readonly #budget: number
  readonly #filler: Filler
  readonly #logs: Logged[][] = Array.from({ length: PARTITIONS }, () => [])
  readonly #trims = this.#logs.map(() => this.#trim())
  readonly #warm: QueryService[]
  #saved: Saved | null = null
  #nowMs = T0
  #devices = 3
  #isAway = false
  compared = 0
  counted = 0

  constructor(seed: number, chunks: number) {
    this.#random = randomOf(seed)
    this.#budget = this.#pick([5, 5000])
    most.chunks = chunks
    const keep = { '1s': '45m', '1m': '2d', '1h': '90d' }
    const breakdowns = ['country', 'device', ['country', 'device']]
    this.#filler = new Filler(
      store,
      testSource(`walk${seed}`, keep, this.#budget, { breakdowns }),
      PARTITIONS,
    )
    const mayBeAway = new Proxy(store, {
      get: (inner, name: keyof Store) =>
        name === 'each'
          ? (...given: Parameters<Store['each']>) =>
              this.#isAway
                ? Promise.reject(new StoreError('STORE_UNREACHABLE', 'away'))
                : inner.each(...given)
          : typeof inner[name] === 'function'
            ? (inner[name] as (...all: unknown[]) => unknown).bind(inner)
            : inner[name],
    })
    this.#warm = [this.#service(mayBeAway), this.#service(mayBeAway)]
  }

  async go(steps: number): Promise<void> {
    await this.#filler.open()
    for (let step = 0; step < steps; step++) {
      this.#nowMs += this.#pick([
        0,
        10,
        300,
        300,
        SECOND,
        SECOND,
        5000,
        20_000,
        31_000,
        70_000,
        100_000,
        300_000,
      ])
      if (this.#below(200) === 0) this.#nowMs += 6 * HOUR
      for (let n = this.#below(4); n > 0; n--) await this.#send()
      if (this.#saved === null && this.#below(30) === 0) await this.#save()
      else if (this.#saved !== null && this.#below(20) === 0) await this.#fallBack(this.#saved)
      for (let p = 0; p < PARTITIONS; p++) await this.#filler.applyBatch(p, [], this.#nowMs) // all of it is known up to now
      if (this.#below(15) === 0) {
        this.#isAway = true
        await expect(this.#ask(this.#pick(this.#warm), this.#pick(ASKED))).rejects.toThrow(StoreError)
        this.#isAway = false
      }
      if (this.#below(3) > 0) await this.#compare(step)
    }
  }
  #below(most: number): number {
    return Math.floor(this.#random() * most)
  }
  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }
  #trim(): FeedTrim {
    return new FeedTrim(() => this.#pick([300, 2000, 20_000]))
  }

  #service(of: Store): QueryService {
    const service = new QueryService(of, () => this.#nowMs)
    const kept = new KeptQueries(
      async (source, prepared) => answerOne(await service.sources.get(source), prepared, service.now),
      service.now,
    )
    return Object.assign(service, { kept })
  }

  /** What is refused is told as text. */
  async #ask(service: QueryService, asked: string): Promise<AnyAnswer | string> {
    const [kind, raw] = asked.split('?')
    const endpoint = queryEndpoints.find(({ name }) => name === kind)!
    const { signal } = new AbortController()
    try {
      const handle = askOnce(service, endpoint, `metric=${this.#filler.source.name}.events&${raw}`)
      return await handle.execute({ turn: (work) => work(), signal, patience: () => undefined })
    } catch (error) {
      if (error instanceof ProblemError) return error.message
      throw error
    }
  }

  async #send(): Promise<void> {
    const partition = this.#below(PARTITIONS)
    const log = this.#logs[partition]!
    if (this.#below(6) === 0 && this.#devices < 60) this.#devices++
    for (let n = this.#below(5); n >= 0; n--) {
      const items = Array.from({ length: 1 + this.#below(3) }, () => {
        const behindMs = this.#pick([
          0,
          0,
          500,
          3000,
          MINUTE,
          10 * MINUTE,
          2 * HOUR,
          25 * HOUR,
          -40_000,
          -200_000,
        ])
        return {
          ts: Math.floor(this.#nowMs - behindMs * this.#random()),
          device: `d${this.#below(3) === 0 ? this.#devices : this.#below(this.#devices)}`,
          country: this.#pick(['DE', 'FR', 'NL']),
        }
      })
      log.push({ items, atMs: this.#nowMs })
    }
    await this.#apply(partition)
  }

  /** The rest of a partition's log, in batches of any size: what is not heard and large is not told. */
  async #apply(partition: number): Promise<void> {
    const log = this.#logs[partition]!
    for (let at = 0; (at = this.#filler.next(partition)) < log.length; ) {
      const { atMs } = log[at]!
      const some = log.slice(at, at + 1 + this.#below(6)).filter((one) => one.atMs === atMs)
      const isHeard = this.#pick([true, false, null])
      const isLarge = this.#below(10) === 0
      await this.#filler.applyBatch(
        partition,
        some.map(({ items }) => items),
        this.#nowMs,
        {
          tsMs: atMs,
          key: (item) => [item].flat()[0]!.device!,
          feedFrom: (next, bytes) =>
            this.#trims[partition]!.add(next, isLarge ? 100_000 : bytes, this.#nowMs, isHeard),
        },
      )
    }
  }

  async #keys(partition: number): Promise<string[]> {
    const found: string[] = []
    for await (const some of store.scan(`${this.#filler.keys(partition).prefix}*`)) found.push(...some)
    return found
  }

  async #save(): Promise<void> {
    const partition = this.#below(PARTITIONS)
    const keys = await this.#keys(partition)
    const dumps = (await store.pipeline(keys.map((key) => ['DUMP', key] as const))) as Buffer[]
    const copy = keys.map((key, at): [string, Buffer] => [key, dumps[at]!])
    this.#saved = { partition, state: this.#filler.snapshot(partition).state, copy }
  }

  /** Seen, or passed again unseen. */
  async #fallBack({ partition, state, copy }: Saved): Promise<void> {
    for (const key of await this.#keys(partition)) await store.pipeline([['DEL', key]])
    for (const [key, dump] of copy) await store.pipeline([['RESTORE', key, 0, dump]])
    this.#filler.rewind(partition, state)
    this.#trims[partition] = this.#trim()
    for (let n = this.#pick([0, 0, 1, 3]); n > 0; n--)
      await this.#ask(this.#pick(this.#warm), this.#pick(ASKED))
    await this.#apply(partition)
    this.#saved = null
  }

  async #compare(step: number): Promise<void> {
    for (let n = this.#below(5); n >= 0; n--) {
      const asked = this.#pick(ASKED)
      const service = this.#pick(this.#warm)
      for (let times = this.#pick([0, 0, 1, 4]); times > 0; times--) await this.#ask(service, asked)
      const [kept, fresh] = [await this.#ask(service, asked), await this.#ask(this.#service(store), asked)]
      expect(told(kept), `step ${step} ${asked}`).toEqual(told(fresh))
      this.compared++
      if (
        typeof fresh !== 'string' &&
        asked.startsWith('top?by=device') &&
        !asked.includes('where') &&
        this.#budget > this.#devices
      )
        this.#count(fresh as TopAnswer, `step ${step} ${asked}`)
    }
  }

  #count({ rows, meta }: TopAnswer, why: string): void {
    const { futureMs } = this.#filler.source
    const all: Record<string, number> = {}
    for (const [partition, log] of this.#logs.entries())
      for (const { items, atMs } of log.slice(0, this.#filler.next(partition))) {
        if (items.some(({ ts }) => ts - atMs > futureMs)) continue // refused as a whole
        for (const { ts, device } of items)
          if (ts >= meta.fromMs && ts < meta.toMs) all[device!] = (all[device!] ?? 0) + 1
      }
    expect(Object.fromEntries(rows.map(({ labels, value }) => [labels['device'], value])), why).toEqual(all)
    this.counted++
  }
}

/** All but what a process that was there before knows of a loss. */
function told(answer: AnyAnswer | string): unknown {
  if (typeof answer === 'string') return answer
  const { meta, ...rest } = answer as TopAnswer
  const { vector, asOfMs, fromMs, toMs, latestMs } = meta
  return { ...rest, vector, asOfMs, fromMs, toMs, latestMs }
}

test.each([
  [1, 60],
  [3, 60],
  [2, 8192],
])('walk %i, at most %i chunks an answer', { timeout: 60_000 }, async (seed, chunks) => {
  const walk = new Walk(seed, chunks)
  await walk.go(STEPS)
  expect(walk.compared).toBeGreaterThan(STEPS)
  expect(walk.counted).toBeGreaterThan(10)
})
