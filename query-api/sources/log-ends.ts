/**
 * The ends of the log, asked of Kafka itself about once a second: what a worker last wrote is no end once the worker is dead, stopped or
 * slow. One question for all topics that somebody asks about.
 */
import { EndHistory } from './end-history.ts'
import type { KafkaStatus } from '../wire.ts'

/** An end that was not asked for again for so long is no longer known. */
export const ENDS_FRESH_MS = 5000

export interface TopicEnds {
  /** As Kafka says; null where it never did. */
  readonly partitions: number | null
  of(partition: number): EndHistory | null
  /** Why the ends are not known now; null where they are. */
  readonly why: string | null
}

export interface LogEnds {
  of(topic: string): TopicEnds
  /** Resolves when the ends are known as of now, or after a moment: the first answer of a process, and the first after a pause, goes by Kafka too. */
  known(topic: string): Promise<void>
  status(): KafkaStatus
  close(): Promise<void>
}

/** What is needed of Kafka: a LogAdmin is one. */
export interface KafkaEnds {
  /** The high watermark of every partition, by topic and partition; null = nobody can say now. Topics that are not there are absent. */
  logEnds(topics: readonly string[]): Promise<Map<string, Map<number, number | null>>>
  close(): Promise<void>
}

/** For whoever serves numbers without a Kafka to ask. */
export const noLogEnds: LogEnds = {
  of: () => ({ partitions: null, of: () => null, why: 'this API was given no Kafka to ask' }),
  known: async () => {},
  status: () => ({ state: 'not asked', atMs: null, why: null }),
  close: async () => {},
}

export interface LogEndsOptions {
  readonly open: () => Promise<KafkaEnds>
  readonly now: () => number
  readonly log: (line: string, level?: 'warn') => void
  readonly everyMs?: number
  /** `HOST:PORT` of Kafka, only where it is on this machine and callers may know it. */
  readonly at?: string | undefined
}

interface Topic {
  partitions: number | null
  readonly ends: Map<number, EndHistory>
  askedMs: number | null
  wantedMs: number
  isThere: boolean
}

const EVERY_MS = 1000
/** For Kafka to say where a topic ends that nobody asked for lately. */
const PATIENCE_MS = 500
const FORGOTTEN_MS = 60_000

export function watchLogEnds({ open, now, log, everyMs = EVERY_MS, at }: LogEndsOptions): LogEnds {
  const topics = new Map<string, Topic>()
  let admin: Promise<KafkaEnds> | null = null
  let [why, answeredMs]: [string | null, number | null] = ['Kafka was not asked yet', null]
  let isClosed = false
  let timer: NodeJS.Timeout | null = null
  let asking: Promise<void> | null = null
  /** Kafka answered the last question, and soon: worth waiting for. */
  let isQuick = true
  const turnEnds: (() => void)[] = []

  async function ask(): Promise<void> {
    const atMs = now()
    for (const [name, { wantedMs }] of topics) if (atMs - wantedMs > FORGOTTEN_MS) topics.delete(name)
    if (topics.size === 0) return
    const names = [...topics.keys()]
    admin ??= open()
    const found = await (await admin).logEnds(names)
    for (const name of names) {
      const topic = topics.get(name)
      const ends = found.get(name)
      if (topic === undefined) continue
      topic.askedMs = atMs
      topic.isThere = ends !== undefined
      if (ends !== undefined)
        topic.partitions = Math.max(0, ...[...ends.keys()].map((partition) => partition + 1))
      for (const [partition, end] of ends ?? []) if (end !== null) historyOf(topic, partition).note(end, atMs)
    }
    if (why !== null && answeredMs !== null) log('kafka answers again; the ends of the log are known')
    ;[why, answeredMs] = [null, atMs]
  }

  async function turn(): Promise<void> {
    try {
      await ask()
      isQuick = true
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (why !== reason) log(`the ends of the log are not known: ${reason}`, 'warn')
      why = reason
      isQuick = false
      const broken = admin
      admin = null
      await broken?.then((one) => one.close()).catch(() => {})
    }
  }

  /** The question that is under way may have been sent before anybody asked for the topic: then the one after it. */
  async function answered(topic: Topic): Promise<void> {
    const isWaiting = (): boolean => topic.askedMs === null && isQuick && !isClosed
    while (isWaiting()) await new Promise<void>((resolve) => turnEnds.push(resolve))
  }
  const isFresh = ({ askedMs }: Topic): boolean => askedMs !== null && now() - askedMs <= ENDS_FRESH_MS

  function schedule(waitMs: number): void {
    if (isClosed || asking !== null) return
    if (timer) clearTimeout(timer)
    timer = setTimeout(() => {
      asking = turn().finally(() => {
        asking = null
        schedule([...topics.values()].some(({ askedMs }) => askedMs === null) && isQuick ? 0 : everyMs)
        for (const resume of turnEnds.splice(0)) resume()
      })
    }, waitMs)
    timer.unref()
  }

  function topicOf(name: string): Topic {
    let topic = topics.get(name)
    if (topic === undefined) {
      topic = { partitions: null, ends: new Map(), askedMs: null, isThere: true, wantedMs: 0 }
      topics.set(name, topic)
      schedule(0)
    }
    topic.wantedMs = now()
    return topic
  }

  return {
    of(name) {
      const topic = topicOf(name)
      return {
        partitions: topic.partitions,
        of: (partition) => topic.ends.get(partition) ?? null,
        why: whyUnknown(topic, name),
      }
    },
    async known(name) {
      const topic = topicOf(name)
      if (isFresh(topic) || isClosed || !isQuick) return
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          isQuick = false // nobody waits for it again until it answers
          resolve()
        }, PATIENCE_MS)
      })
      await Promise.race([answered(topic), patience])
      clearTimeout(timer)
    },
    status: () => ({
      state: topics.size === 0 && answeredMs === null ? 'not asked' : why === null ? 'up' : 'away',
      atMs: answeredMs,
      why: topics.size === 0 ? null : why,
      ...(at !== undefined && { at }),
    }),
    async close() {
      isClosed = true
      if (timer) clearTimeout(timer)
      await asking
      await admin?.then((one) => one.close()).catch(() => {})
    },
  }

  function whyUnknown(topic: Topic, name: string): string | null {
    if (isFresh(topic)) return topic.isThere ? null : `Kafka has no topic ${name}`
    return why ?? 'Kafka has not answered for some seconds'
  }
}

function historyOf({ ends }: Topic, partition: number): EndHistory {
  let history = ends.get(partition)
  if (history === undefined) ends.set(partition, (history = new EndHistory()))
  return history
}
