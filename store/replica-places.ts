/** Where the replicas of each slot are, as engines tell it. */
import { SLOTS_OF_A_CLUSTER } from './keys.ts'

/** Both ends included; replicas as `host:port`, IPv6 in brackets. */
export type SlotReplicas = readonly {
  readonly from: number
  readonly to: number
  readonly replicas: readonly string[]
}[]

const placeOf = (host: unknown, port: unknown): string => {
  const text = String(host)
  return `${text.includes(':') ? `[${text}]` : text}:${String(port)}`
}

/** Reply of CLUSTER SLOTS: from, to, the primary, then its replicas, each with host and port first. A node without a host is passed over. */
export function replicasBySlot(reply: unknown): SlotReplicas {
  if (!Array.isArray(reply)) return []
  return (reply as [number, number, unknown, ...unknown[][]][]).map(([from, to, , ...replicas]) => ({
    from: Number(from),
    to: Number(to),
    replicas: replicas.flatMap(([host, port]) => (host && host !== '?' ? [placeOf(host, port)] : [])),
  }))
}

/** Of the primary of a store without slots: those that it calls online. */
export function replicasOfInfo(infos: readonly string[]): SlotReplicas {
  const replicas = infos.flatMap((text) =>
    [...text.matchAll(/^slave\d+:ip=([^,]+),port=(\d+),state=online/gm)].map(([, host, port]) =>
      placeOf(host, port),
    ),
  )
  return [{ from: 0, to: SLOTS_OF_A_CLUSTER - 1, replicas }]
}

export const slotRangesOf = (places: SlotReplicas, slot: number): readonly string[] =>
  places.find(({ from, to }) => from <= slot && slot <= to)?.replicas ?? []
