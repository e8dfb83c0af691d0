// Two tabs of one browser, overview and pipeline, and a watcher that holds what they say against the truth.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { sleep } from '../lib/processes.mjs'

/** Acknowledged this long ago and still not counted: nothing may be called exact. Generous, since the machine is shared. */
const PATIENCE_MS = 12_000
const LOOK_EVERY_MS = 250

const readPage = () => ({
  nowMs: Date.now(),
  text: document.body.innerText,
  chips: [...document.querySelectorAll('.fresh')].map((chip) => ({
    state: chip.dataset.state,
    asOfMs: chip.dataset.asOf === undefined ? null : Number(chip.dataset.asOf),
    words: chip.textContent,
    panel: chip.closest('[data-panel]')?.dataset.panel ?? chip.closest('[data-tile]')?.dataset.tile ?? 'page',
  })),
  tiles: [...document.querySelectorAll('[data-tile]')].map((tile) => ({
    title: tile.dataset.tile,
    value: tile.dataset.value === undefined ? null : Number(tile.dataset.value),
    state: tile.querySelector('.fresh')?.dataset.state ?? null,
    asOfMs: Number(tile.querySelector('.fresh')?.dataset.asOf ?? 'NaN'),
  })),
  rows: [...document.querySelectorAll('tr[data-partition]')].map((row) => ({
    partition: Number(row.dataset.partition.split('/')[1]),
    next: Number(row.dataset.next),
    lag: row.dataset.lag === undefined ? null : Number(row.dataset.lag),
    words: row.textContent,
  })),
})

/** Chromium, where it is. */
export function startBrowser() {
  const executablePath =
    process.env.TIDEMARK_CHROMIUM ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export async function openPages(url, truth) {
  const browser = await startBrowser()
  // Windows of their own: a tab in the background stands still.
  const open = async (path) => {
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 1000 } })).newPage()
    await page.goto(`${url}${path}`)
    return page
  }
  const overview = await open('/?source=visits')
  const pipeline = await open('/pipeline')
  const look = (page) => page.evaluate(readPage)
  const untrue = []
  let looks = 0
  /** Panels that were exact at the last look while the tile lacked events: each panel has its own answer, so one may be a frame ahead of the tile. */
  let suspects = new Set()

  function judge(seen) {
    looks++
    // Every acknowledged event lies within the range shown, so each count must hold all of them.
    const counted = seen.tiles.find(({ title }) => title === 'Visits')
    const due = truth.acknowledgedBy(seen.nowMs - PATIENCE_MS)
    const anyExact = seen.chips.filter(({ state }) => state === 'exact')
    const at = new Date(seen.nowMs).toISOString().slice(11, 23)
    if (counted?.state === 'exact') {
      const least = Math.max(due, truth.acknowledgedBy(counted.asOfMs - 500) - lateBy(counted.asOfMs))
      if (counted.value === null || counted.value < least || counted.value > truth.sent)
        untrue.push(
          `${at} tile says ${counted.value}, exact; at least ${least} were acknowledged, ${truth.sent} sent`,
        )
    }
    const ahead = counted?.value !== null && counted?.value < due ? anyExact : []
    for (const { panel, words } of ahead)
      if (suspects.has(panel))
        untrue.push(
          `${at} ${panel} says "${words}" while ${due - counted.value} events acknowledged over ${PATIENCE_MS / 1000} s ago are missing`,
        )
    suspects = new Set(ahead.map(({ panel }) => panel))
  }
  /** What came within the last instant before a mark may stand on either side of it. */
  const lateBy = (asOfMs) => truth.acknowledgedBy(asOfMs) - truth.acknowledgedBy(asOfMs - 1500)

  const over = new AbortController()
  const watcher = (async () => {
    while (!over.signal.aborted) {
      judge(
        await look(overview).catch(() => ({ nowMs: Date.now(), chips: [], tiles: [], rows: [], text: '' })),
      )
      await sleep(LOOK_EVERY_MS)
    }
  })()

  return {
    untrue,
    get looks() {
      return looks
    },
    text: async () => (await look(overview)).text,
    pipelineText: async () => (await look(pipeline)).text,
    status: async () => (await fetch(`${url}/v1/status`)).json(),
    /** Null, or why not: some chips are there and all of them are of this state. */
    async says({ state }) {
      const { chips, tiles } = await look(overview)
      const others = chips.filter((chip) => chip.state !== state)
      if (chips.length < 3) return `only ${chips.length} chips`
      if (others.length > 0) return others.map(({ panel, words }) => `${panel} says "${words}"`).join('; ')
      return tiles.some(({ value }) => value > 0) ? null : 'no tile has a number'
    },
    async noneExact() {
      const seen = await look(overview)
      const exact = [...seen.chips, ...(await look(pipeline)).chips].filter(({ state }) => state === 'exact')
      if (exact.length > 0) return exact.map(({ panel, words }) => `${panel} says "${words}"`).join('; ')
      return /\bLive\b/.test(seen.text.split('\n').slice(0, 12).join(' ')) &&
        !seen.chips.some(({ state }) => state !== 'lost')
        ? 'the switch says Live'
        : null
    },
    async lagIsTrue() {
      const { rows } = await look(pipeline)
      if (rows.length === 0) return 'no partitions shown'
      const ends = truth.kafkaEnds()
      for (const { partition, next, lag } of rows) {
        const waits = ends.get(partition) - next
        // Between the two looks some more arrived: 20 a second, and the page looks once a second.
        if (lag === null || lag > waits || lag < waits - 60)
          return `partition ${partition} shows a lag of ${lag}, Kafka has ${waits}`
      }
      return null
    },
    async countsOn(partition) {
      const before = (await look(pipeline)).rows.find((row) => row.partition === partition)
      for (let waited = 0; waited < 20_000; waited += 500) {
        await sleep(500)
        const now = (await look(pipeline)).rows.find((row) => row.partition === partition)
        if (now !== undefined && before !== undefined && now.next > before.next) return null
      }
      return `partition ${partition} stands at ${before?.next}`
    },
    async close() {
      over.abort()
      await watcher
      await browser.close()
    },
  }
}
