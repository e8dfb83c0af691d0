/**
 * One source's flood stops that source, not all: when the store is nearly full, a source that holds more than its share of it waits, and the others have what is
 * left. Shares follow the definitions: the forecast of `tidemark check` at the budget. What a source holds is estimated from what lies in the store, so that
 * every worker comes to the same answer.
 */
import { listSources } from '../store/calls/catalog.ts'
import type { Store } from '../store/connection/connection.ts'
import { clearHaltNote, writeHaltNote } from '../store/calls/halt-note.ts'
import { partitionKeys } from '../store/keys.ts'
import { readGenerations } from '../store/calls/read-generations.ts'
import { holdingsOf, type Holdings } from './holdings.ts'

/** Of maxmemory. Below the first, one that waits goes on; above the second it waits. */
const GOES_ON_BELOW = 0.88
const WAITS_ABOVE = 0.92

/** Why a source waits; null = it does not. `used`: share of maxmemory on the fullest node, 0 to 1. */
export function whyItWaits(
  source: string,
  all: readonly Holdings[],
  used: number,
  isWaiting: boolean,
): string | null {
  if (all.length < 2 || used < (isWaiting ? GOES_ON_BELOW : WAITS_ABOVE)) return null
  const mine = all.find((one) => one.source === source)
  if (mine === undefined) return null
  const share = mine.bytes / all.reduce((sum, { bytes }) => sum + bytes, 0)
  const allowed = mine.allowedBytes / all.reduce((sum, { allowedBytes }) => sum + allowedBytes, 0)
  if (!(share > allowed)) return null
  const percent = (part: number): string => `${Math.round(part * 100)} %`
  return (
    `the store is ${percent(used)} full, and ${source} holds about ${percent(share)} of what is counted; by its definition its share is ${percent(allowed)}. ` +
    `Most of it: ${mine.parts
      .slice(0, 2)
      .map(({ what, bytes }) => `${what}, ${percent(bytes / mine.bytes)}`)
      .join('; ')}. The other sources go on; this one does when there is room`
  )
}

export interface ShareOptions {
  readonly store: Store
  readonly source: string
  /** Which partitions of which generation this process counts. */
  readonly counted: () => { readonly generation: number; readonly partitions: readonly number[] }
  readonly log: (line: string, level?: 'warn' | 'error') => void
}

const COMMAND = 'valkey-cli -u STORE config set maxmemory SIZE'
const LOOK_EVERY_MS = 1000

export class MemoryShare {
  readonly #o: ShareOptions
  #lookedAtMs = -Infinity
  #why: string | null = null
  #sinceMs = 0
  #noted: readonly ReturnType<typeof partitionKeys>[] = []

  constructor(options: ShareOptions) {
    this.#o = options
  }

  /** Whether this source may not write now. */
  get waits(): boolean {
    return this.#why !== null
  }

  /** One look, at most once a second. Throws StoreError. */
  async look(nowMs: number): Promise<void> {
    if (performance.now() - this.#lookedAtMs < LOOK_EVERY_MS) return
    this.#lookedAtMs = performance.now()
    const { store, source, log } = this.#o
    const nodes = store.nodes()
    const used = Math.max(
      0,
      ...nodes.map(({ usedBytes, maxBytes }) => (maxBytes > 0 ? usedBytes / maxBytes : 0)),
    )
    const why = used < GOES_ON_BELOW ? null : whyItWaits(source, await this.#holdings(), used, this.waits)
    if (why !== null && this.#why === null) {
      this.#sinceMs = nowMs
      log(`${source}: WAITS: ${why}. To give the store more: ${COMMAND}`, 'error')
    } else if (why === null && this.#why !== null)
      log(`${source}: GOES ON: the store is ${Math.round(used * 100)} % full`, 'warn')
    this.#why = why
    await this.#note()
  }

  async #holdings(): Promise<Holdings[]> {
    const { store } = this.#o
    const catalogs = await Promise.all(
      (await listSources(store)).map((name) => readGenerations(store, name).catch(() => null)),
    )
    return Promise.all(catalogs.flatMap((catalog) => (catalog === null ? [] : [holdingsOf(store, catalog)])))
  }

  /** Where readers find the reason. A store that is full takes no note: then they see that records wait, and the log says why. */
  async #note(): Promise<void> {
    const { store, source, counted } = this.#o
    const { generation, partitions } = counted()
    const before = this.#noted
    this.#noted =
      this.#why === null ? [] : partitions.map((partition) => partitionKeys(source, partition, generation))
    for (const keys of before)
      if (!this.#noted.some(({ halt }) => halt === keys.halt)) await clearHaltNote(store, keys)
    for (const keys of this.#noted)
      await writeHaltNote(store, keys, {
        code: 'STORE_SHARE',
        message: this.#why!,
        command: COMMAND,
        atMs: this.#sinceMs,
      }).catch(() => {})
  }
}
