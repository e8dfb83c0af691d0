import type { Click, ClickType } from './events.ts'
import { weighted, zipf, type Random } from './random.ts'
import { CART_PATH, CHECKOUT_PATH, countries, devices, paths, pricesCents, referrers } from './site.ts'

/** Sessions open at one time. With the default rate a visitor acts every eight seconds or so. */
const OPEN_SESSIONS = 600
/** Visitors remembered, who may come back. */
const REMEMBERED_VISITORS = 4_000

interface Visitor {
  id: string
  country: string
  device: string
  slowness: number
}

interface Session {
  visitor: Visitor
  referrer: string | null
  path: string
  /** Nothing happened yet: the first event is always a page view. */
  fresh: boolean
}

/** Visitors who come, look around and sometimes buy. Pure but for its own state: the same random stream gives the same clicks. */
export interface Clicks {
  next(timeMs: number): Click
}

export function createClicks(random: Random): Clicks {
  const drawCountry = weighted(countries.map(([, weight]) => weight))
  const drawDevice = weighted(devices.map(([, weight]) => weight))
  const drawReferrer = weighted(referrers.map(([, weight]) => weight))
  const drawPath = zipf(paths.length, 1.05)
  const known: Visitor[] = []
  const open: Session[] = []

  function newVisitor(): Visitor {
    const id = `v${random.below(0x1_0000_0000).toString(16).padStart(8, '0')}${random.below(0x1_0000).toString(16).padStart(4, '0')}`
    const device = devices[drawDevice(random)]!
    const visitor = {
      id,
      country: countries[drawCountry(random)]![0],
      device: device[0],
      slowness: device[2],
    }
    if (known.length < REMEMBERED_VISITORS) known.push(visitor)
    else known[random.below(REMEMBERED_VISITORS)] = visitor
    return visitor
  }

  function openSession(): Session {
    const visitor = known.length > 0 && random.chance(0.35) ? random.pick(known) : newVisitor()
    return {
      visitor,
      referrer: referrers[drawReferrer(random)]![0],
      path: paths[drawPath(random)]!,
      fresh: true,
    }
  }

  /** What this session does next, and where it then stands. */
  function step(session: Session): ClickType {
    if (session.fresh) {
      session.fresh = false
      return 'page_view'
    }
    if (session.path === CHECKOUT_PATH) {
      if (random.chance(0.6)) return 'purchase'
      session.path = paths[drawPath(random)]!
      return 'page_view'
    }
    if (random.chance(0.28)) return 'click'
    if (session.path === CART_PATH && random.chance(0.65)) session.path = CHECKOUT_PATH
    else if (session.path.startsWith('/products/') && random.chance(0.3)) session.path = CART_PATH
    else session.path = paths[drawPath(random)]!
    return 'page_view'
  }

  /** Long on the right, as load times are; the day's rush makes all slower. */
  const loadMs = (slowness: number) =>
    Math.min(30_000, Math.round(60 + 340 * slowness * Math.exp(0.55 * random.normal())))

  return {
    next(timeMs) {
      while (open.length < OPEN_SESSIONS) open.push(openSession())
      const at = random.below(open.length)
      const session = open[at]!
      const type = step(session)
      const { visitor } = session
      const click: Click = {
        ts: new Date(timeMs).toISOString(),
        type,
        path: session.path,
        country: visitor.country,
        device: visitor.device,
        visitor: visitor.id,
      }
      if (session.referrer !== null) click.referrer = session.referrer
      if (type === 'page_view') click.loadMs = loadMs(visitor.slowness)
      if (type === 'purchase')
        click.amount = (random.pick(pricesCents) * (1 + random.below(2)) + random.below(4) * 5) / 100
      if (type === 'purchase' || random.chance(0.16)) {
        open[at] = open.at(-1)!
        open.pop()
      }
      return click
    },
  }
}
