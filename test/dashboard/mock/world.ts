/** What the mocked API knows: the mood it is in, its catalog, and what was sent to it. */
import type { CatalogSource, Provenance, TailRow, TopAnswer } from '../../../query-api/wire.ts'
import { calm, type Mood } from './mood.ts'
import { clicks, readings, shares } from './sources.ts'

export class World {
  readonly mood: Mood = { ...calm }
  /** What the catalog tells. */
  catalog: CatalogSource[] = [clicks, readings]
  /** The devices' order by silence is turned by so many. */
  turn = 0
  /** Names of a ranking in place of the usual ones. */
  named: (string | null | Partial<TopAnswer['rows'][number]>)[] | null = null
  readonly sent: TailRow[] = []

  asOfMs(): number | null {
    return this.mood.empty ? null : (this.mood.stoppedAtMs ?? Date.now() - this.mood.lagMs)
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
      from: 'cells',
      ...(this.mood.rebuilding === null
        ? {}
        : { rebuilding: { generation: 2, progress: this.mood.rebuilding } }),
    }
  }

  /** The names that pass the filters on `by`. */
  names(query: URLSearchParams, by: string): string[] {
    if (query.getAll('where').some((text) => text === this.mood.without)) return []
    const filters = query.getAll('where').map((text) => text.split(':') as [string, string, string])
    const names = by
      .split(',')
      .map((field) => Object.keys(shares[field] ?? {}))
      .reduce((all, next) => all.flatMap((one) => next.map((name) => `${one}|${name}`)))
    return names.filter((name) =>
      filters.every(
        ([field, op, values]) => field !== by || values.split(',').includes(name) === (op === 'is'),
      ),
    )
  }
}
