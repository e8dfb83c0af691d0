// What the whole system costs when little happens: node bench/idle.mjs [--rates 0,500,5000] [--seconds N] [--demo] [--page]
// Starts `tidemark up` (embedded broker, store server, ingest, serve) in a fresh folder, and reads the CPU time and the resident memory of each of its processes from /proc:
// idle, then at each rate of `tidemark simulate --rate`, whose own cost is not in it. Pages that several processes share count once. --demo: with the demo, whose sender is one process more. --page: with the page open in Chromium, whose own cost is not in it
// either; then how old a frame is that serve sends, of the last minute. Prints shares of one core, and MB.
import { readdirSync, readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { build } from '../build.mjs'
import { finish, freePort, sleep, tidemark } from '../test/campaign/lib/processes.mjs'
import { startBrowser } from '../test/campaign/page/pages.mjs'
import { cpuSeconds, residentMb, shareMb } from './lib/usage.mjs'

const { values: flags } = parseArgs({
  options: {
    rates: { type: 'string' },
    seconds: { type: 'string' },
    demo: { type: 'boolean' },
    page: { type: 'boolean' },
  },
})
const rates = (flags.rates ?? '0,500,5000').split(',').map(Number)
const seconds = Math.min(Number(flags.seconds ?? 60), 600)

/** A process and all that came from it, by what it runs. */
function family(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // it ended meanwhile
    }
  const all = [pid]
  for (const one of all) for (const [child, parent] of parents) if (parent === one) all.push(child)
  return all.map((one) => {
    const words = readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0')
    const at = words.findIndex((word) => word.endsWith('main.js'))
    return { pid: one, name: at < 0 ? words[0].split('/').at(-1) : words[at + 1] }
  })
}

/** A browser with the overview open. */
async function openPage(url) {
  const browser = await startBrowser()
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
  await page.goto(url)
  await sleep(15_000) // first answers, and code that is not warm
  return browser
}

/** From Kafka to the frame that is sent, and where the time went. */
async function freshness(url) {
  const { sources } = await (await fetch(`${url}/v1/status`)).json()
  return sources
    .filter((one) => one.freshness !== undefined && one.freshness !== null)
    .map(
      ({ source, freshness: { p50Ms, p99Ms, parts } }) =>
        `${source}: Kafka to frame ${p50Ms} ms in the median, ${p99Ms} ms at p99 (${parts.map((one) => `${one.part} ${one.p50Ms}`).join(', ')})`,
    )
    .join('\n  ')
}

await build()
const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-idle-'))
const [port, kafkaPort, storePort] = [await freePort(), await freePort(), await freePort()]
const up = tidemark(
  'up',
  ...(flags.demo ? [] : ['--no-demo']),
  '--data',
  dir,
  '--port',
  port,
  '--kafka-port',
  kafkaPort,
  '--store-port',
  storePort,
)
try {
  await up.says('up after', 60_000)
  await sleep(10_000) // what a start costs is over
  const password = readFileSync(join(dir, 'store/password'), 'utf8').trim()
  const redis = new Redis({ port: storePort, password }).on('error', () => undefined)
  const calls = async () =>
    Number(/cmdstat_fcall:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
  /** Records behind the worker, of all partitions. */
  const counted = async () => {
    const next = await Promise.all((await redis.keys('*:pos')).map((key) => redis.hget(key, 'next')))
    return next.reduce((all, one) => all + Number(one ?? 0), 0)
  }
  const browser = flags.page ? await openPage(`http://127.0.0.1:${port}`) : null
  for (const rate of rates) {
    const sender =
      rate > 0
        ? tidemark(
            'simulate',
            '--kafka',
            `127.0.0.1:${kafkaPort}`,
            '--rate',
            rate,
            '--count',
            Math.ceil(rate * (seconds + 12)),
          )
        : null
    await sleep(rate > 0 ? 8000 : 0)
    const before = family(up.pid).map((one) => ({ ...one, cpu: cpuSeconds(one.pid) }))
    const [beganMs, callsBefore, countedBefore] = [performance.now(), await calls(), await counted()]
    await sleep(seconds * 1000)
    const passed = (performance.now() - beganMs) / 1000
    const shares = before.map(({ name, pid, cpu }) => ({
      name,
      share: (cpuSeconds(pid) - cpu) / passed,
      residentMb: residentMb(pid),
      mb: shareMb(pid),
    }))
    const sum = (field) => shares.reduce((all, one) => all + (one[field] || 0), 0)
    const perSecond = ((await calls()) - callsBefore) / passed
    const countedPerSecond = ((await counted()) - countedBefore) / passed
    console.log(
      `${rate} events/s (${countedPerSecond.toFixed(0)} counted): ${sum('share').toFixed(3)} of a core, ${sum('mb').toFixed(0)} MB (the resident sets together ${sum('residentMb').toFixed(0)} MB); ${shares
        .map(({ name, share, mb }) => `${name} ${share.toFixed(3)} / ${mb.toFixed(0)} MB`)
        .join(', ')}; ${perSecond.toFixed(0)} function calls/s`,
    )
    if (browser !== null) console.log(`  ${await freshness(`http://127.0.0.1:${port}`)}`)
    if (sender) await finish(sender, 'simulate')
  }
  await browser?.close()
  redis.disconnect()
} finally {
  await up.kill('SIGTERM')
  rmSync(dir, { recursive: true, force: true })
}
process.exit(0)
