// The systems compared. Each reads the whole topic once, in a process of its own, and says `began` when it has its partitions and `done` when all is counted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, root, sleep, start } from '../../test/campaign/lib/processes.mjs'
import { javaPeer } from './java.mjs'
import { cpuSeconds, cpuSplit, peakMb } from './usage.mjs'

const main = join(root, 'dist/cli/main.js')
/** Flags of Node for Tidemark's workers, such as --cpu-prof. */
const NODE_FLAGS = (process.env.TIDEMARK_BENCH_FLAGS ?? '').split(' ').filter((flag) => flag !== '')
const LIMIT_MS = 900_000

/** Runs one system over the topic; answers its figures. `watch(began)` resolves when all `count` events are counted. */
async function measure(engines, child, began, done) {
  try {
    await began()
    const before = {
      atMs: performance.now(),
      own: cpuSeconds(child.pid),
      split: cpuSplit(child.pid),
      kafka: cpuSeconds(engines.kafka.pid),
      store: cpuSeconds(engines.store.pid),
    }
    await done()
    const seconds = (performance.now() - before.atMs) / 1000
    const split = cpuSplit(child.pid)
    return {
      seconds,
      mainCpu: split.main - before.split.main,
      systemCpu: split.system - before.split.system,
      cpu: cpuSeconds(child.pid) - before.own,
      kafkaCpu: cpuSeconds(engines.kafka.pid) - before.kafka,
      storeCpu: cpuSeconds(engines.store.pid) - before.store,
      peakMb: peakMb(child.pid),
    }
  } finally {
    await child.kill('SIGTERM')
  }
}

const says = (child, text) => child.says(text, LIMIT_MS)

/** Tidemark's own worker, of this checkout or of another one built at `program`. */
const tidemark = (name, program = main) => ({
  name,
  async run({ workload, count, expected, ...engines }) {
    const client = new Redis(engines.store.url).on('error', () => undefined)
    const dir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'))
    const definition = workload.definition === null ? [] : ['--definition', join(dir, 'tidemark.json')]
    if (workload.definition !== null)
      writeFileSync(join(dir, 'tidemark.json'), JSON.stringify(workload.definition))
    // A fresh store and a fresh group: the name of the cluster's group carries the generation, so old commits would say that something was lost.
    await client.flushall()
    await engines.forget(`tidemark-${workload.source}-g1`)
    const child = start(process.execPath, [
      ...NODE_FLAGS,
      program,
      'ingest',
      '--kafka',
      engines.kafka.address,
      '--store',
      engines.store.url,
      ...definition,
    ])
    try {
      const figures = await measure(
        engines,
        child,
        async () => {
          for (
            const until = Date.now() + 60_000;
            !child.out.error.includes(`${workload.source}: counting partitions`);
            await sleep(5)
          )
            if (!child.running || Date.now() > until) throw new Error(child.out.error)
        },
        async () => {
          for (
            const until = Date.now() + LIMIT_MS;
            (await nextSum(client, workload.source)) < count;
            await sleep(20)
          )
            if (!child.running || Date.now() > until)
              throw new Error(`not counted:\n${child.out.error.slice(-2000)}`)
        },
      )
      const bytes = Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1])
      return {
        ...figures,
        storeMb: bytes / 1e6,
        wrong: expected ? await wrongCells(engines, workload, expected) : 0,
      }
    } finally {
      client.disconnect()
      rmSync(dir, { recursive: true, force: true })
    }
  },
})

async function nextSum(client, source) {
  const keys = (await client.keys(`tm:{${source}/*:pos`)).filter((key) => key.includes(':g1:'))
  const next = await Promise.all(keys.map((key) => client.hget(key, 'next')))
  return next.reduce((sum, value) => sum + Number(value ?? 0), 0)
}

/** More series than that are not asked for one by one: their sum is. */
const MOST_SERIES = 200

/** Cells of the answer that are not as the generator has them, asked of the API. */
async function wrongCells({ store, kafka }, { source }, { cells: expected, beganMs, endMs }) {
  const isSummed = expected.size > MOST_SERIES * 50
  const cells = isSummed ? new Map() : expected
  for (const [cell, value] of isSummed ? expected : []) {
    const window = `all|${cell.split('|')[1]}`
    cells.set(window, (cells.get(window) ?? 0) + value)
  }
  const port = await freePort()
  const serve = start(process.execPath, [
    main,
    'serve',
    '--kafka',
    kafka.address,
    '--store',
    store.url,
    '--port',
    String(port),
  ])
  try {
    await serve.says('serve ready')
    const response = await fetch(
      `http://127.0.0.1:${port}/v1/series?metric=${source}.views${isSummed ? '' : `&by=campaign_id&limit=${MOST_SERIES}`}&interval=10s&from=${new Date(beganMs).toISOString()}&to=${new Date(endMs + 10_000).toISOString()}`,
    )
    const { timesMs, series, ...problem } = await response.json()
    if (series === undefined) throw new Error(JSON.stringify(problem))
    const found = new Map(
      series.flatMap(({ labels, values }) =>
        values.flatMap((value, at) =>
          value
            ? [[`${isSummed ? 'all' : (labels.campaign_id ?? labels[0])}|${timesMs[at] / 10_000}`, value]]
            : [],
        ),
      ),
    )
    return [...new Set([...cells.keys(), ...found.keys()])].filter(
      (cell) => cells.get(cell) !== found.get(cell),
    ).length
  } finally {
    await serve.kill('SIGTERM')
  }
}

/** A peer in Node: `peers/NAME.mjs KAFKA STORE TOPIC COUNT`. It prints `began`, then `done N` with what it counted. */
const nodePeer = (name, script) => ({
  name,
  async run({ workload, count, ...engines }) {
    const client = new Redis(engines.store.url).on('error', () => undefined)
    await client.flushall()
    client.disconnect()
    const child = start(process.execPath, [
      join(root, 'bench/peers', script),
      engines.kafka.address,
      engines.store.url,
      workload.topic,
      String(count),
    ])
    const figures = await measure(
      engines,
      child,
      () => says(child, 'began'),
      () => says(child, 'done'),
    )
    return { ...figures, wrong: Number(/done (\d+)/.exec(child.out.text)?.[1]) === count ? 0 : 1 }
  },
})

export const systems = {
  tidemark: tidemark('Tidemark ingest'),
  other: tidemark('Tidemark ingest, other build', process.env.TIDEMARK_BENCH_OTHER),
  noop: nodePeer('kafkajs, does nothing', 'noop.mjs'),
  hincrby: nodePeer('kafkajs + pipelined HINCRBY', 'hincrby.mjs'),
  streams: javaPeer('Kafka Streams, exactly once', 'StreamsPeer', measure),
  flink: javaPeer('Flink, exactly once', 'FlinkPeer', measure),
}
