// What bench/backup.mjs puts into its store, asks it meanwhile, and makes of the answers.
import { sleep } from '../../test/campaign/lib/processes.mjs'

const PAUSE_MS = 20
/** A marked record that is not counted by then tells of a fault, not of a backup. */
const LOST_MS = 60_000

/** Hashes of 100 fields of 20 random bytes, about 3 kB each; made inside the server, which is many times faster than to send them. */
export async function fill(store, mb) {
  const script = `
    math.randomseed(tonumber(ARGV[1]))
    local function word() return math.floor(math.random() * 4294967296) end
    local words = {}
    for at = 1, 32768 do words[at] = struct.pack('>I4', word()) end
    local noise = table.concat(words)
    for at = 1, 500 do
      local fields = {}
      for field = 1, 100 do
        local from = math.floor(math.random() * (#noise - 20)) + 1
        fields[2 * field - 1] = field
        fields[2 * field] = string.sub(noise, from, from + 19)
      end
      redis.call('HSET', 'app:filled:' .. ARGV[1] .. ':' .. at, unpack(fields))
    end`
  const used = async () => Number(/used_memory:(\d+)/.exec((await store.info())[0].text)?.[1])
  const until = (await used()) + mb * 2 ** 20
  for (let n = 0; (await used()) < until; n++) await store.pipeline([['EVAL', script, 0, n]])
}

/** Asks and sends until `over` resolves; adds what each took. */
export async function stretch({ queryMs, countedMs }, { port, client, producer, pos }, over) {
  const state = { isOver: false }
  const ending = over.finally(() => (state.isOver = true))
  const url = `http://127.0.0.1:${port}/v1/series?metric=clicks.events&by=country&from=now-15m`
  const asking = until(state, queryMs, async () => {
    // A connection that the server just ended for its idleness: a browser asks again too.
    const answer = await fetch(url).catch(() => fetch(url))
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`a query was answered with ${answer.status}`)
  })
  const sending = until(state, countedMs, async () => {
    const value = JSON.stringify({ ts: Date.now(), type: 'page_view', path: '/', visitor: 'bench' })
    const [{ baseOffset }] = await producer.send('clicks', [{ key: null, partition: 0, value }])
    for (const lostMs = performance.now() + LOST_MS; ; await sleep(1)) {
      const [next] = await client.pipeline([['HGET', pos, 'next']])
      if (Number(next) > baseOffset) return
      if (performance.now() > lostMs) throw new Error(`a record was not counted within ${LOST_MS} ms`)
    }
  })
  await Promise.all([ending, asking, sending])
}

async function until(state, times, work) {
  while (!state.isOver) {
    const begunMs = performance.now()
    await work()
    times.push(performance.now() - begunMs)
    await sleep(PAUSE_MS)
  }
}

export const median = (all) => at(all, 0.5)

function at(all, share) {
  return all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))]
}

/** One row a measure: before, during, after, and what the stretch during is of the mean of the two others. */
export function table(stretches) {
  const rows = [['', ...stretches.map(({ name }) => `${name}, ms`), 'during : around']]
  for (const [name, field] of [
    ['query', 'queryMs'],
    ['sent to counted', 'countedMs'],
  ])
    for (const share of [0.5, 0.99]) {
      const [before, during, after] = stretches.map((one) => at(one[field], share))
      rows.push([
        `${name} p${share * 100}`,
        ...[before, during, after].map((ms) => ms.toFixed(1)),
        (during / ((before + after) / 2)).toFixed(2),
      ])
    }
  rows.push([
    'samples (query, record)',
    ...stretches.map(({ queryMs, countedMs }) => `${queryMs.length}, ${countedMs.length}`),
    '',
  ])
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows
    .map((row) =>
      row.map((cell, at_) => (at_ === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at_]))).join('  '),
    )
    .join('\n')
}
