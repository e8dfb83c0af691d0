/** Views of the Explore page that a reader named: addresses, kept by the browser. Pure. */

export interface SavedView {
  readonly name: string
  /** `/explore?show=...`, as the address bar has it. */
  readonly address: string
}

export const MOST_VIEWS = 50
export const MOST_NAME = 80
/** Longer ones no browser opens reliably. */
const MOST_ADDRESS = 8_000

const isView = (one: unknown): one is SavedView => {
  const { name, address } = (one ?? {}) as Record<string, unknown>
  return (
    typeof name === 'string' &&
    name.trim() !== '' &&
    name.length <= MOST_NAME &&
    typeof address === 'string' &&
    /^\/explore(\?|$)/.test(address) &&
    address.length <= MOST_ADDRESS
  )
}

/** What was kept; what cannot be read of it is as if it were not there. */
export function readViews(text: string | null): SavedView[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(found) ? found.filter(isView).slice(0, MOST_VIEWS) : []
  } catch {
    return []
  }
}

/** The views with a change, or why it cannot be. */
export type Changed = readonly SavedView[] | string

const named = (name: string): string => name.trim().replaceAll(/\s+/g, ' ')
export const viewNamed = (views: readonly SavedView[], name: string): SavedView | undefined =>
  views.find((one) => one.name.toLowerCase() === named(name).toLowerCase())

function faultOf(name: string): string | null {
  if (name === '') return 'A view needs a name.'
  return name.length > MOST_NAME ? `A name has at most ${MOST_NAME} characters.` : null
}

/** Keeps an address under a name; one of that name is replaced, in its place. */
export function withView(views: readonly SavedView[], wanted: string, address: string): Changed {
  const name = named(wanted)
  const fault = faultOf(name)
  if (fault !== null) return fault
  if (address.length > MOST_ADDRESS) return 'This question is too long to be kept: it has too many filters.'
  const had = viewNamed(views, name)
  if (had !== undefined) return views.map((one) => (one === had ? { name, address } : one))
  if (views.length >= MOST_VIEWS) return `${MOST_VIEWS} views are kept at most: delete one first.`
  return [...views, { name, address }]
}

export function renamed(views: readonly SavedView[], view: SavedView, wanted: string): Changed {
  const name = named(wanted)
  const fault = faultOf(name)
  if (fault !== null) return fault
  const had = viewNamed(views, name)
  if (had !== undefined && had.name !== view.name) return `Another view is called ${had.name}.`
  return views.map((one) => (one.name === view.name ? { ...one, name } : one))
}

export const withoutView = (views: readonly SavedView[], view: SavedView): readonly SavedView[] =>
  views.filter(({ name }) => name !== view.name)
