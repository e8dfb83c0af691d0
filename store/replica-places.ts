/** Where the replicas of each slot are, as engines tell it. */
import { SLOTS_OF_A_CLUSTER } from './keys.ts'

export interface SlotPlaces {
  /** Both ends included. */
  readonly from: number
  readonly to: number
  /** `host:port`, IPv6 in brackets. Null = the store itself knows it best. */
  readonly primary: string | null
  readonly replicas: readonly string[]
}

export type SlotReplicas = readonly SlotPlaces[]

const placeOf = (host: unknown, port: unknown): string => {
  const text = String(host)
  return `${text.includes(':') ? `[${text}]` : text}:${String(port)}`
}

/** Reply of CLUSTER SLOTS: from, to, the primary, then its replicas, each with host and port first. A node without a host is passed over. */
export function replicasBySlot(reply: unknown): SlotReplicas {
  if (!Array.isArray(reply)) return []
  const placesOf = ([host, port]: unknown[]): string[] => (host && host !== '?' ? [placeOf(host, port)] : [])
  return (reply as [number, number, unknown[], ...unknown[][]][]).map(([from, to, primary, ...replicas]) => ({
    from: Number(from),
    to: Number(to),
    primary: placesOf(primary)[0] ?? null,
    replicas: replicas.flatMap(placesOf),
  }))
}

/** Of the primary of a store without slots: those that it calls online. */
export function replicasOfInfo(infos: readonly string[]): SlotReplicas {
  const replicas = infos.flatMap((text) =>
    [...text.matchAll(/^slave\d+:ip=([^,]+),port=(\d+),state=online/gm)].map(([, host, port]) =>
      placeOf(host, port),
    ),
  )
  return [{ from: 0, to: SLOTS_OF_A_CLUSTER - 1, primary: null, replicas }]
}

export const placesOfSlot = (places: SlotReplicas, slot: number): SlotPlaces | null =>
  places.find(({ from, to }) => from <= slot && slot <= to) ?? null
