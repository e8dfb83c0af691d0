import { createDue } from './due.ts'
import type { Click } from './events.ts'
import { createPeople } from './people.ts'
import type { Random } from './random.ts'
import { pricesCents } from './site.ts'
import { beginVisit, goOn, pauseMs, type Visit } from './visit.ts'

/** Where no visit is due, the share of times that a new one begins; else the one that is due first goes on sooner. Without it a run would begin with visits only. */
const BEGINS = 0.27
/** Visits at one time. */
const MOST_VISITS = 20_000

/** Visitors who come, look around, sometimes buy, and come back. Pure but for its own state: the same random stream gives the same clicks. */
export interface Clicks {
  next(timeMs: number): Click
}

export function createClicks(random: Random): Clicks {
  const who = createPeople(random)
  const visits = createDue<Visit>()

  function nextVisit(timeMs: number): Visit {
    if (visits.size > 0 && (visits.nextMs <= timeMs || visits.size >= MOST_VISITS || !random.chance(BEGINS)))
      return visits.take()
    return beginVisit(who(timeMs), random)
  }

  /** Long on the right, as load times are. */
  const loadMs = (slowness: number) =>
    Math.min(30_000, Math.round(60 + 340 * slowness * Math.exp(0.55 * random.normal())))

  return {
    next(timeMs) {
      const visit = nextVisit(timeMs)
      const type = goOn(visit, random)
      const { person } = visit
      const click: Click = {
        ts: new Date(timeMs).toISOString(),
        type,
        path: visit.path,
        country: person.country,
        device: person.device,
        visitor: person.id,
      }
      if (visit.referrer !== null) click.referrer = visit.referrer
      if (type === 'page_view') click.loadMs = loadMs(person.slowness)
      if (type === 'purchase')
        click.amount = (random.pick(pricesCents) * (1 + random.below(2)) + random.below(4) * 5) / 100
      if (!visit.over) visits.add(timeMs + pauseMs(random), visit)
      return click
    },
  }
}
