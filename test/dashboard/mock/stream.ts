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
  readonly everyMs: number
}

export function stream(world: LiveWorld, url: URL, response: ServerResponse): void {
  const asked = url.searchParams.getAll('q')
  world.asked.push(...asked)
  world.streams++
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const say = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const answered = new Set<number>()
  const widths = new Map<number, number>()
  const round = (): void => {
    if (world.mood.silent || world.mood.hung) return
    asked.forEach((text, q) => {
      if (world.mood.problem !== null) {
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
  const beat = (): void => {
    if (!world.mood.silent) say('beat', { nowMs: Date.now() })
  }
  let frames: ReturnType<typeof setInterval> | undefined
  const begin = setTimeout(() => {
    beat()
    round()
    frames = setInterval(round, world.everyMs)
  }, world.mood.slowMs)
  const beats = setInterval(beat, 1000)
  response.on('close', () => {
    world.streams--
    clearTimeout(begin)
    clearInterval(frames)
    clearInterval(beats)
  })
}
