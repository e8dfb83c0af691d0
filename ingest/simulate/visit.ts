/** One visit of the made-up shop: where it begins, where it goes on from each page, and when it ends. */
import type { ClickType } from './events.ts'
import type { Person } from './people.ts'
import { weighted, zipf, type Random } from './random.ts'
import { CART_PATH, CHECKOUT_PATH, paths, referrers } from './site.ts'

export interface Visit {
  person: Person
  referrer: string | null
  path: string
  /** Events so far. */
  events: number
  /** Nothing comes after what was said last. */
  over: boolean
}

const drawReferrer = weighted(referrers.map(([, weight]) => weight))
const drawLanding = zipf(paths.length, 1.05)

/** Draws the more popular pages of a part of the site more often. */
function drawFrom(beginning: string): (random: Random) => string {
  const part = paths.filter((path) => path.startsWith(beginning))
  const draw = zipf(part.length, 0.9)
  return (random) => part[draw(random)]!
}
const product = drawFrom('/products/')
const post = drawFrom('/blog/')
const manual = drawFrom('/docs/')
const only = (path: string) => () => path

type Ways = readonly (readonly [weight: number, to: (random: Random) => string])[]
/** The links that are followed, by the kind of page they stand on. */
const waysOf: Record<'home' | 'list' | 'product' | 'cart' | 'checkout' | 'blog' | 'docs' | 'other', Ways> = {
  home: [
    [32, only('/products')],
    [20, product],
    [13, only('/search')],
    [12, only('/pricing')],
    [10, only('/blog')],
    [8, only('/docs')],
    [5, only('/about')],
  ],
  list: [
    [70, product],
    [10, only('/search')],
    [4, only('/products')],
    [16, only('/')],
  ],
  product: [
    [22, only('/products')],
    [34, product],
    [11, only(CART_PATH)],
    [8, only('/shipping')],
    [19, only('/')],
    [6, only('/pricing')],
  ],
  cart: [
    [46, only(CHECKOUT_PATH)],
    [30, only('/products')],
    [16, product],
    [8, only('/shipping')],
  ],
  checkout: [
    [40, only(CART_PATH)],
    [35, only('/shipping')],
    [25, only('/returns')],
  ],
  blog: [
    [50, post],
    [24, only('/blog')],
    [14, only('/')],
    [8, product],
    [4, only('/newsletter')],
  ],
  docs: [
    [52, manual],
    [18, only('/docs')],
    [14, only('/pricing')],
    [10, only('/')],
    [6, only('/contact')],
  ],
  other: [
    [50, only('/')],
    [28, only('/products')],
    [12, only('/search')],
    [10, only('/contact')],
  ],
}
const drawWay = new Map(
  Object.entries(waysOf).map(([kind, ways]) => [kind, weighted(ways.map(([weight]) => weight))] as const),
)

function kindOf(path: string): keyof typeof waysOf {
  if (path === '/') return 'home'
  if (path === '/products' || path === '/search') return 'list'
  if (path.startsWith('/products/')) return 'product'
  if (path === CART_PATH) return 'cart'
  if (path === CHECKOUT_PATH) return 'checkout'
  if (path.startsWith('/blog')) return 'blog'
  return path.startsWith('/docs') ? 'docs' : 'other'
}

function follow(path: string, random: Random): string {
  const kind = kindOf(path)
  return waysOf[kind][drawWay.get(kind)!(random)]![1](random)
}

export function beginVisit(person: Person, random: Random): Visit {
  return {
    person,
    referrer: referrers[drawReferrer(random)]![0],
    path: paths[drawLanding(random)]!,
    events: 0,
    over: false,
  }
}

/** Who looks at one page and leaves: more of those on a phone, and of those who came for an article. */
function bounces({ person, path }: Visit): number {
  return 0.36 + (person.device === 'mobile' ? 0.12 : 0) + (path.startsWith('/blog') ? 0.15 : 0)
}

/** What is done next; `path` and `over` of the visit follow it. Somebody on the way to pay seldom leaves without a reason. */
export function goOn(visit: Visit, random: Random): ClickType {
  const first = visit.events++ === 0
  if (first) {
    visit.over = random.chance(bounces(visit))
    return 'page_view'
  }
  if (visit.path === CHECKOUT_PATH && random.chance(visit.person.loyal ? 0.62 : 0.45)) {
    visit.over = true
    return 'purchase'
  }
  visit.over = random.chance(0.13)
  if (random.chance(0.25)) return 'click'
  visit.path = follow(visit.path, random)
  return 'page_view'
}

/** How long until the next thing is done, ms: half a minute of reading in the mean, never long enough to end the visit. */
export const pauseMs = (random: Random): number =>
  Math.min(200_000, Math.round(1_500 + 18_000 * Math.exp(0.9 * random.normal())))
