// Broker, store and worker over a fresh folder: what most campaigns begin with.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finish, freePort, root, sleep, start, tidemark } from './processes.mjs'
import { makeStore } from './store.mjs'

const VERDICT_MS = 60_000

/** `definition`: path of a definition file; `partitions` of new topics; `maxmemory` of the store; `make`: another store than the one server. */
export async function startPipeline({ definition, partitions = 4, maxmemory, make = makeStore } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-campaign-'))
  const brokerPort = await freePort()
  const kafka = `127.0.0.1:${brokerPort}`
  const broker = tidemark('broker', '--port', brokerPort, '--data', join(dir, 'broker'))
  await broker.says('broker ready')
  const store = await make(dir, await freePort(), maxmemory)
  await store.begin()
  const ingest = tidemark(
    'ingest',
    '--kafka',
    kafka,
    '--store',
    store.url,
    '--partitions',
    partitions,
    ...(store.flags ?? []),
    ...(definition ? ['--definition', definition] : []),
  )
  await ingest.says('ingest ready')

  /** Waits until every partition stands at the log's end, as the worker saw it just now. */
  async function caughtUp(limitMs = 120_000) {
    // What a partition said before may have been true then: its store may be away since, and the log has grown.
    const askedMs = Date.now()
    for (const until = askedMs + limitMs; ; await sleep(300)) {
      const all = Object.values(await store.positions())
      if (all.length > 0 && all.every(({ next, end, endAt }) => next === end && Number(endAt) > askedMs))
        return all
      if (Date.now() > until)
        throw new Error(
          `not caught up after ${limitMs} ms: ${JSON.stringify(all.map(({ topic, next, end }) => [topic, next, end]))}\n${ingest.out.error.slice(-3000)}`,
        )
    }
  }

  /** The independent recount; throws with its text unless it agrees. Answers its JSON. No verdict (3, 4: a node that does not answer, a write in between) may be another one a moment later. */
  async function audit(...args) {
    for (const until = Date.now() + VERDICT_MS; ; await sleep(1000))
      try {
        return await auditOnce(...args)
      } catch (error) {
        if ((error.code !== 3 && error.code !== 4) || Date.now() > until) throw error
      }
  }

  async function auditOnce(...args) {
    const child = start('python3', [
      join(root, 'audit/recount.py'),
      '--log',
      join(dir, 'broker'),
      '--store',
      store.url,
      ...(store.flags ?? []),
      '--require-caught-up',
      '--json',
      ...args.map(String),
    ])
    const code = await child.ended
    const found = JSON.parse(child.out.text || '{}')
    if (code !== 0)
      throw Object.assign(
        new Error(
          `the recount ended with ${code}: ${JSON.stringify({ ...found, sources: undefined }, null, 1)}\n${child.out.error}`,
        ),
        { code },
      )
    return found
  }

  async function stop() {
    await ingest.kill('SIGTERM')
    await store.kill()
    await running.broker.kill('SIGTERM')
    rmSync(dir, { recursive: true, force: true })
  }

  const running = {
    dir,
    kafka,
    store,
    broker,
    ingest,
    caughtUp,
    audit,
    stop,
    run: (...args) => finish(tidemark(...args), `tidemark ${args.join(' ')}`),
  }
  return running
}
