/** What can be asked, as the API's catalog tells it. Without it there is nothing to draw: it is asked for until it comes. */
import { signal } from '@preact/signals'
import { api } from './api.ts'
import { faultWords } from './fault-words.ts'
import type { CatalogSource } from '../../query-api/wire.ts'

/** A store that hangs keeps the API waiting for longer: the reader is told before. */
const PATIENCE_MS = 5000

/** Null until it came. */
export const catalog = signal<readonly CatalogSource[] | null>(null)
/** When it last came, monotonic ms; 0 before. */
export const catalogAtMs = signal(0)
/** Why it does not come. */
export const catalogFault = signal<string | null>(null)

let asking: Promise<void> | undefined
let text = ''

async function ask(): Promise<void> {
  try {
    const { sources } = await api.state('catalog', { patienceMs: PATIENCE_MS })
    catalogFault.value = null
    catalogAtMs.value = performance.now()
    // The same catalog is the same object: nothing is drawn or asked anew for it.
    const said = JSON.stringify(sources)
    if (said === text) return
    text = said
    catalog.value = sources
  } catch (error) {
    catalogFault.value = faultWords(error)
  }
}

/** Looks at the catalog anew; one look at a time. */
export function askCatalog(): void {
  asking ??= ask().finally(() => (asking = undefined))
}
