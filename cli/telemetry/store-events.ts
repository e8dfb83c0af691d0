/** When what happened to the store last: out of its feed of events, so that every process says the same. */
import { BECAME_PRIMARY, EVENT_KINDS, newestEvents, type StoreEvent } from '../../store/keeper/events.ts'
import type { Store } from '../../store/connection/connection.ts'
import { askedOnce } from './asked-once.ts'
import type { Metrics } from './registry.ts'

const LOOKED_AT = 200
export function storeEvents(metrics: Metrics, store: Pick<Store, 'each'>): void {
  const ask = askedOnce(() => newestEvents(store, LOOKED_AT))
  const newest = async (): Promise<StoreEvent[]> => (await ask()) ?? []
  metrics.gauge(
    'tidemark_store_event_timestamp_seconds',
    'When an event of this kind last was in tm:events, of the newest 200.',
    ['kind'],
    async (gauge) => {
      const events = await newest()
      for (const kind of EVENT_KINDS) {
        const last = events.find((event) => event.kind === kind)
        if (last !== undefined) gauge.set({ kind: kind.replace(' ', '_') }, last.atMs / 1000)
      }
    },
  )
  metrics.gauge(
    'tidemark_store_failover_timestamp_seconds',
    'When a node last became a primary of the store, as the keeper saw it.',
    [],
    async (gauge) => {
      const last = (await newest()).find(({ kind, text }) => kind === 'node' && text.endsWith(BECAME_PRIMARY))
      if (last !== undefined) gauge.set(last.atMs / 1000)
    },
  )
}
