/** The part of `/v1/status` that the keeper of the store writes. */
import type { Store } from '../../store/connection/connection.ts'
import { newestEvents } from '../../store/keeper/events.ts'
import { forecast, readSamples } from '../../store/keeper/forecast.ts'
import { leaseHolder } from '../../store/calls/lease.ts'
import type { UpkeepStatus } from '../wire.ts'

const EVENTS = 20

/** Throws StoreError. */
export async function readUpkeep(store: Pick<Store, 'each'>): Promise<UpkeepStatus> {
  const [keeper, backups, samples, events] = await Promise.all([
    leaseHolder(store, 'upkeep'),
    leaseHolder(store, 'backups'),
    readSamples(store),
    newestEvents(store, EVENTS),
  ])
  return { keeper, backups, memory: forecast(samples), events }
}
