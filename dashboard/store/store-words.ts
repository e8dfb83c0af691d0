/** What the page says of the store, in words. Pure. What is not known is said to be so. */
import type { StoreAnswer, StoreDisk, StoreNode, StoreSlow } from '../../query-api/wire.ts'
import { amount, bytes, dayOf, fixed, seconds, share, span } from '../format/format.ts'

export const NOT_KNOWN = 'not known'
const SLOTS = 16_384
const THIN = '\u202f'

export const primaries = ({ nodes }: StoreAnswer): StoreNode[] =>
  nodes.filter(({ role }) => role === 'primary')
export const replicas = ({ nodes }: StoreAnswer): StoreNode[] =>
  nodes.filter(({ role }) => role === 'replica')

/** "valkey 9.1.2, 3 shards, 1 replica each" */
export function shapeWords(answer: StoreAnswer): string {
  const leaders = primaries(answer)
  const engines = [...new Set(leaders.flatMap(({ engine }) => engine ?? []))]
  const counts = new Set(
    leaders.map(({ shard }) => replicas(answer).filter((one) => one.shard === shard).length),
  )
  const [copies = 0] = counts
  const each =
    counts.size > 1
      ? `${amount(replicas(answer).length)} replicas`
      : copies === 0
        ? 'no replica'
        : `${amount(copies)} ${copies === 1 ? 'replica' : 'replicas'}${leaders.length > 1 ? ' each' : ''}`
  const shards =
    answer.kind === 'cluster'
      ? `${amount(leaders.length)} ${leaders.length === 1 ? 'shard' : 'shards'}`
      : 'one server'
  return [...engines, shards, each].join(', ')
}

export const slotWords = ({ slotsCovered }: StoreAnswer): string | null =>
  slotsCovered === null ? null : `${amount(slotsCovered)} of ${amount(SLOTS)} slots`

export const rangesWords = (slots: readonly (readonly [number, number])[]): string =>
  slots
    .map(([from, to]) => (from === to ? fixed(from, 0) : `${fixed(from, 0)} to ${fixed(to, 0)}`))
    .join(', ')

export const stateWords: Record<StoreNode['state'], string> = {
  up: 'up',
  loading: 'is being filled',
  down: 'does not answer',
}

export function lagWords({ role, state, lagBytes }: StoreNode): string {
  if (role === 'primary') return ''
  if (state === 'down') return stateWords.down
  if (lagBytes === null) return state === 'up' ? NOT_KNOWN : stateWords[state]
  return lagBytes === 0 ? 'none' : bytes(lagBytes)
}

/** Null = they differ, or one does not tell. */
export function commonDisk(answer: StoreAnswer): StoreDisk | null {
  const disks = primaries(answer).map(({ disk }) => disk)
  const [first] = disks
  return first != null &&
    disks.every((disk) => disk !== null && disk.isOn === first.isOn && disk.sync === first.sync)
    ? first
    : null
}

export function syncWords({ isOn, sync }: StoreDisk): string {
  if (!isOn) return 'no append-only file'
  if (sync === 'always') return 'synced before each reply'
  if (sync === 'everysec') return 'synced every second'
  return sync === 'no' ? 'synced when the system likes' : 'how often it is synced is not told'
}

/** What a node that forgets costs writes of the rest of an application; folded numbers cost nothing. */
export function lossWords(disk: StoreDisk | null): string {
  if (disk === null || disk.durability === null) return NOT_KNOWN
  if (disk.durability === 'strict') return 'nothing that was acknowledged'
  return disk.durability === 'durable'
    ? 'nothing; with a power cut at most the last second'
    : 'all of them, unless a replica has them'
}

/** "full on 28 Jan at this pace", and what the pace is. */
export function paceWords({ memory: { forecast, maxBytes }, nowMs }: StoreAnswer): string {
  if (forecast === null) return 'No forecast yet: it needs ten minutes of samples, one in five minutes.'
  const { growthBytesADay, fullAtMs, sinceMs } = forecast
  const pace = `${growthBytesADay < 0 ? '\u2212' : '+'}${bytes(Math.abs(growthBytesADay))} a day, by the last ${span(nowMs - sinceMs)}`
  if (fullAtMs !== null) return `${pace}; at this pace it is full on ${dayOf(fullAtMs, nowMs)}.`
  if (maxBytes === 0) return `${pace}; it has no limit, and a full machine ends the server.`
  return growthBytesADay > 0 ? `${pace}; too little to say when it is full.` : `${pace}; it does not grow.`
}

/** 3.8 %, or that there is no limit. */
export const usedShare = ({ memory: { usedBytes, maxBytes } }: StoreAnswer): string =>
  maxBytes === 0 ? 'no limit is set' : share(usedBytes / maxBytes)

/** 240 µs, 1.8 ms. */
export function microseconds(us: number | null): string {
  if (us === null) return NOT_KNOWN
  if (us < 1000) return `${fixed(us, us < 10 ? 1 : 0)}${THIN}µs`
  return us < 1e6 ? `${fixed(us / 1000, us < 1e4 ? 1 : 0)}${THIN}ms` : seconds(Math.round(us / 1e6))
}

/** What of slow calls is not to be seen in their rows: that there are none, that a node notes none, that one does not tell. */
export function slowWords({ calls, overUs, untold, off }: StoreSlow): string[] {
  const over = overUs === null ? 'slow' : `over ${microseconds(overUs)}`
  return [
    ...(calls?.length === 0
      ? [`No call ${over} is noted${untold.length > 0 ? ' where it is told' : ''}.`]
      : []),
    ...(untold.length > 0
      ? [
          `Not told by ${listed(untold)}: the user of this API may not ask for SLOWLOG there, or the server does not answer it. ACL SETUSER serve +slowlog|get lets it; who has that password then reads what slow calls of every user were called with.`,
        ]
      : []),
    ...(off.length > 0
      ? [
          `Not noted by ${listed(off)}: CONFIG SET slowlog-log-slower-than 10000 notes calls over 10${THIN}ms.`,
        ]
      : []),
  ]
}

/** Replicas that follow and of which it is not known what they hold. */
export const silentReplicas = (answer: StoreAnswer): string[] =>
  replicas(answer)
    .filter(({ state, usedBytes }) => state === 'up' && usedBytes === null)
    .map(({ node }) => node)

const LISTED = 6
/** a, b, c and 3 more */
export const listed = (names: readonly string[]): string =>
  names.length <= LISTED
    ? names.join(', ')
    : `${names.slice(0, LISTED).join(', ')} and ${amount(names.length - LISTED)} more`

/** `tidemark store WORDS`, with the address where this API tells it. */
export const command = ({ address }: StoreAnswer, words: string): string =>
  `tidemark ${words}${address === undefined ? '' : ` --store ${address}`}`
