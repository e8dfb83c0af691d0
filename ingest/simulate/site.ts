/** The made-up shop: its paths, where its visitors come from, and on what they look at it. Data only. */

/** Most popular first: popularity follows Zipf's law by place in this list. */
export const paths: readonly string[] = [
  '/',
  '/products',
  '/pricing',
  '/products/tide-clock',
  '/blog',
  '/products/barograph',
  '/search',
  '/docs',
  '/products/sextant',
  '/blog/reading-a-tide-table',
  '/about',
  '/products/brass-compass',
  '/docs/getting-started',
  '/products/log-book',
  '/contact',
  '/blog/why-neap-tides',
  '/products/signal-flags',
  '/careers',
  '/products/ship-bell',
  '/docs/api',
  '/blog/the-night-watch',
  '/products/star-chart',
  '/shipping',
  '/returns',
  '/products/depth-sounder',
  '/blog/harbours-of-portugal',
  '/imprint',
  '/privacy',
  '/products/oil-lamp',
  '/newsletter',
  '/products/anchor-light',
  '/docs/faq',
]

/** The way to a purchase; reached from product pages only. */
export const CART_PATH = '/cart'
export const CHECKOUT_PATH = '/checkout'

/** ISO 3166 code and weight. */
export const countries: readonly (readonly [string, number])[] = [
  ['DE', 26],
  ['US', 16],
  ['FR', 12],
  ['GB', 11],
  ['NL', 9],
  ['PL', 7],
  ['ES', 4],
  ['IT', 4],
  ['PT', 3],
  ['SE', 2],
  ['DK', 2],
  ['AT', 2],
  ['CH', 2],
  ['BE', 2],
  ['NO', 1],
  ['IE', 1],
]

/** Weight, and how much slower than a desktop a page loads on it. */
export const devices: readonly (readonly [string, number, number])[] = [
  ['mobile', 52, 1.7],
  ['desktop', 41, 1],
  ['tablet', 7, 1.4],
]

/** Weight; null is a visitor who typed the address. */
export const referrers: readonly (readonly [string | null, number])[] = [
  [null, 34],
  ['google.com', 31],
  ['news.ycombinator.com', 7],
  ['bing.com', 6],
  ['reddit.com', 6],
  ['duckduckgo.com', 5],
  ['linkedin.com', 4],
  ['newsletter', 4],
  ['mastodon.social', 2],
  ['github.com', 1],
]

/** Prices in cents. */
export const pricesCents: readonly number[] = [
  1290, 1990, 2450, 3499, 4900, 5995, 7950, 12_900, 18_949, 34_900,
]

/** Share of the day's mean traffic by hour, UTC: quiet at night, busiest in the evening. The mean over the day is 1. */
const hourly = [
  0.55, 0.45, 0.4, 0.4, 0.45, 0.55, 0.75, 0.95, 1.1, 1.15, 1.2, 1.2, 1.25, 1.2, 1.15, 1.15, 1.2, 1.3, 1.45,
  1.55, 1.5, 1.3, 1.0, 0.8,
]
const DAY_MS = 86_400_000

/** How busy it is at this time against the mean of the day; straight lines from one full hour to the next. */
export function busyness(timeMs: number): number {
  const hour = ((timeMs % DAY_MS) / DAY_MS) * 24
  const from = hourly[Math.floor(hour) % 24]!
  const to = hourly[(Math.floor(hour) + 1) % 24]!
  return from + (to - from) * (hour - Math.floor(hour))
}
