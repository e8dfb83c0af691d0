/** What the keeper does that needs nothing but the store: memory, changes of its nodes, and telling others. */
import type { Store } from '../connection/connection.ts'
import { TOLD_KEY } from '../keeper-keys.ts'
import { KeyKinds, type KeysFound } from '../key-kinds.ts'
import { addEvent, BECAME_PRIMARY, eventsAfter, type StoreEvent } from './events.ts'
import { addSample, forecast, SAMPLE_EVERY_MS } from './forecast.ts'
import type { Duty } from './keeper.ts'

const DAY_MS = 86_400_000
/** Full within this, it is an event. */
const WARN_MS = 7 * DAY_MS
const LOOK_EVERY_MS = 2000
const EVENTS_A_TURN = 20
const HOOK_PATIENCE_MS = 5000

/** Samples of the memory in use, and of what it is for: all keys are weighed once between two of them, a moment at a time. */
export function memoryDuties(store: Store, by: string, now: () => number): Duty[] {
  const keys = new KeyKinds()
  let isWeighed = false
  return [
    memoryDuty(store, by, now, () => {
      isWeighed = false
      return keys.found
    }),
    {
      name: 'weighing keys',
      everyMs: LOOK_EVERY_MS,
      async run() {
        if (!isWeighed) isWeighed = await keys.step(() => store.weigh('tm:'))
      },
    },
  ]
}

export function memoryDuty(
  store: Store,
  by: string,
  now: () => number,
  weighed: () => KeysFound | null = () => null,
): Duty {
  let warnedMs = -Infinity
  return {
    name: 'memory',
    everyMs: SAMPLE_EVERY_MS,
    async run() {
      const found = forecast(await addSample(store, now(), weighed()))
      if (found?.fullAtMs == null || found.fullAtMs - now() > WARN_MS || now() - warnedMs < DAY_MS) return
      warnedMs = now()
      const text = `the store is full at ${new Date(found.fullAtMs).toISOString()} if it grows on as it did: ${(found.growthBytesADay / 2 ** 20).toFixed(0)} MB a day. Give it more memory, or keep less`
      await addEvent(store, { kind: 'memory', text, by })
    },
  }
}

/** Another run of a node is a restart, another node a failover or a move. */
export function nodesDuty(store: Store, by: string): Duty {
  let known: Map<string, string> | null = null
  return {
    name: 'nodes',
    everyMs: LOOK_EVERY_MS,
    async run() {
      const now = new Map(
        (await store.info()).map(({ node, text }) => [node, /^run_id:(\w*)/m.exec(text)?.[1] ?? '']),
      )
      const before = known
      known = now
      if (before === null) return
      const sentences = [
        ...[...now].flatMap(([node, run]) => {
          const had = before.get(node)
          if (had === undefined) return [`${node} ${BECAME_PRIMARY}`]
          return had === run ? [] : [`${node} was started again`]
        }),
        ...[...before.keys()]
          .filter((node) => !now.has(node))
          .map((node) => `${node} is no primary of the store any more`),
      ]
      for (const text of sentences) await addEvent(store, { kind: 'node', text, by })
    },
  }
}

/** Sends each event as JSON, in order, at least once; `url` null = to nobody. What was there before the first keeper is not sent. */
export function hookDuty(store: Store, url: string): Duty {
  return {
    name: 'web hook',
    everyMs: LOOK_EVERY_MS,
    async run(stop) {
      const [told] = (await store.pipeline([['GET', TOLD_KEY]])) as [Buffer | null]
      if (told === null) {
        const [time] = (await store.pipeline([['TIME']])) as [[Buffer, Buffer]]
        await mark(store, `${Number(time[0]) * 1000}-0`)
        return
      }
      for (const event of await eventsAfter(store, told.toString(), EVENTS_A_TURN)) {
        await post(url, event, stop)
        await mark(store, event.id)
      }
    },
  }
}

const mark = (store: Store, id: string): Promise<unknown> => store.pipeline([['SET', TOLD_KEY, id]])

async function post(url: string, event: StoreEvent, stop: AbortSignal): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    signal: AbortSignal.any([stop, AbortSignal.timeout(HOOK_PATIENCE_MS)]),
  }).catch((error: Error) => {
    // The address may hold a secret: of what is wrong only the code is told.
    const { code } = (error.cause ?? {}) as { code?: unknown }
    throw new Error(
      `the web hook cannot be reached (${typeof code === 'string' ? code : error.name}): see to it, or to TIDEMARK_WEBHOOK; events wait for it`,
    )
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`the web hook answered ${answer.status}; events wait until it takes them`)
}
