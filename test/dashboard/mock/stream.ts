/** The mocked live stream: resets, patches, errors and beats as the world's mood has them. */
import type { ServerResponse } from 'node:http'
import type { LivePatch } from '../../../query-api/wire.ts'
import { entities } from './entities.ts'
import { facts } from './facts.ts'
import { refusal, top } from './rankings.ts'
import { series } from './series.ts'
import { tail } from './tail.ts'
import type { World } from './world.ts'

/** The world, and what a test asks about its streams. */
export interface LiveWorld extends World {
  readonly asked: string[]
  streams: number
  /** Of each stream that was opened: where it was to go on; empty where it was to begin anew. */
  readonly cursors: string[]
  readonly everyMs: number
  /** Of this process: cursors of another one are none. */
  readonly instance: string
  /** Streams by name. */
  readonly open: Map<string, Open>
}

export interface Open {
  /** By place. */
  readonly queries: Map<number, string>
  next: number
  readonly round: () => void
}

/** `POST /v1/live`: false where no such stream is open. */
export function change(
  world: LiveWorld,
  asked: { stream: string; add: string[]; remove: number[] },
): boolean {
  const open = world.open.get(asked.stream)
  if (open === undefined) return false
  for (const q of asked.remove) open.queries.delete(q)
  for (const text of asked.add) open.queries.set(open.next++, text)
  world.asked.push(...asked.add)
  setTimeout(open.round, world.mood.slowMs)
  return true
}

export function stream(world: LiveWorld, url: URL, response: ServerResponse): void {
  const asked = url.searchParams.getAll('q')
  const queries = new Map(asked.entries())
  const cursor = url.searchParams.get('cursor') ?? ''
  const name = `${world.instance}-${world.cursors.push(cursor)}`
  world.asked.push(...asked)
  world.streams++
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const say = (event: string, data: unknown): void => {
    const id = event === 'beat' || event === 'behind' ? '' : `id: ${world.instance}.1\n`
    response.write(`${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const answered = new Set<number>()
  const widths = new Map<number, number>()
  if (cursor.startsWith(`${world.instance}.`))
    for (const [q, text] of queries) {
      if (!text.startsWith('series')) continue
      answered.add(q)
      widths.set(q, series(world, text).series.length)
    }
  const round = (): void => {
    if (world.mood.silent || world.mood.hung || response.destroyed) return
    queries.forEach((text, q) => {
      if (world.mood.counts !== null) say('behind', { q, behind: world.mood.counts })
      else if (world.mood.problem !== null) {
        answered.delete(q)
        say('error', { q, problem: world.mood.problem })
      } else if (text.startsWith('events')) {
        const query = new URLSearchParams(text.split('?')[1])
        say('reset', { q, answer: tail(world, query.get('source') ?? '', query.get('via')) })
      } else if (refusal(world, text) !== null && world.mood.log !== 'read') {
        if (world.mood.log === 'refuses') say('error', { q, problem: refusal(world, text) })
        else say('progress', { q, progress: { records: 420_000, total: 1_000_000 } })
      } else if (/^(sessions|funnel)\?/.test(text)) say('reset', { q, answer: facts(world, text) })
      else if (text.startsWith('entities')) say('reset', { q, answer: entities(world) })
      else if (text.startsWith('top')) say('reset', { q, answer: top(world, text) })
      else {
        const answer = series(world, text)
        const fits = answered.has(q) && widths.get(q) === answer.series.length && world.mood.hole === null
        answered.add(q)
        widths.set(q, answer.series.length)
        if (!fits) return say('reset', { q, answer })
        const from = Math.max(0, answer.timesMs.length - 12)
        const patch: LivePatch = {
          q,
          dropBeforeMs: answer.timesMs[0]!,
          timesMs: answer.timesMs.slice(from),
          values: answer.series.map((one) => one.values.slice(from)),
          ...(answer.previous === undefined
            ? {}
            : { previous: answer.previous.values.map((one) => one.slice(from)) }),
          ...(answer.others === undefined
            ? {}
            : {
                others: {
                  count: answer.others.count,
                  values: answer.others.values.slice(from),
                  ...(answer.others.previous === undefined
                    ? {}
                    : { previous: answer.others.previous.slice(from) }),
                },
              }),
          meta: answer.meta,
        }
        say('patch', patch)
      }
    })
  }
  const beat = (told: object = {}): void => {
    if (!world.mood.silent) say('beat', { nowMs: Date.now(), ...told })
  }
  world.open.set(name, { queries, next: asked.length, round })
  let frames: ReturnType<typeof setInterval> | undefined
  const begin = setTimeout(() => {
    beat({ stream: name })
    round()
    frames = setInterval(round, world.everyMs)
  }, world.mood.slowMs)
  const beats = setInterval(() => beat(), 1000)
  response.on('close', () => {
    world.streams--
    world.open.delete(name)
    clearTimeout(begin)
    clearInterval(frames)
    clearInterval(beats)
  })
}
