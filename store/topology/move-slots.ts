/**
 * Moves slots while everybody reads and writes. Valkey 9 does it as one act a range, in which no key is ever in two places or none; before that it goes slot by slot and key by key,
 * and calls that touch a slot on its way are refused and come again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../errors.ts'
import { openSlots } from './cluster-nodes.ts'
import { patiently } from './form-cluster.ts'
import type { NodeLink } from './node-link.ts'
import type { SlotMove } from './plan-moves.ts'

/** Slots of one act: each act ends in a short pause of writes to them. */
const SLOTS_AN_ACT = 512
const SLOTS_AT_ONCE = 16
const KEYS_A_STEP = 50
const STEP_TIMEOUT_MS = 5000
const LOOK_EVERY_MS = 50
const PATIENCE_MS = 600_000

export interface Mover {
  /** Every node of the cluster by its id. */
  readonly links: ReadonlyMap<string, NodeLink>
  /** What the nodes ask each other for; null = nothing. */
  readonly password: string | null
  /** Heard after each step, with the slots that it moved. */
  readonly moved: (slots: number) => void
}

/** Throws StoreError where a node refuses; what was moved until then stays moved, and the same call goes on from there. */
export async function moveSlots(mover: Mover, moves: readonly SlotMove[]): Promise<void> {
  for (const move of moves) {
    const source = mover.links.get(move.from)!
    const isAtomic = await canMoveAtOnce(source)
    for (const [from, to] of move.ranges)
      for (let first = from; first <= to; first += SLOTS_AN_ACT) {
        const last = Math.min(to, first + SLOTS_AN_ACT - 1)
        if (isAtomic) await moveAtOnce(source, move.to, first, last)
        else await moveEach(mover, move, first, last)
        mover.moved(last - first + 1)
      }
  }
}

async function canMoveAtOnce(source: NodeLink): Promise<boolean> {
  const help = await source.ask('CLUSTER', 'HELP')
  return Array.isArray(help) && help.some((line) => String(line).startsWith('MIGRATESLOTS'))
}

async function moveAtOnce(source: NodeLink, to: string, first: number, last: number): Promise<void> {
  await patiently('the start of a move of slots', async () => {
    await source.ask('CLUSTER', 'MIGRATESLOTS', 'SLOTSRANGE', first, last, 'NODE', to)
    return true
  })
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(LOOK_EVERY_MS)) {
    const job = jobOf(await source.ask('CLUSTER', 'GETSLOTMIGRATIONS'), `${first}-${last}`, to)
    if (job?.state === 'success') return
    if (job?.state === 'failed' || job?.state === 'cancelled')
      throw new StoreError(
        'STORE_BUSY',
        `slots ${first} to ${last} did not move: ${job.message || job.state}`,
      )
    if (performance.now() > end)
      throw new StoreError(
        'STORE_BUSY',
        `slots ${first} to ${last} did not move within ${PATIENCE_MS / 1000} s`,
      )
  }
}

/** The newest job for a range; its reply is a list of flat lists of names and values. */
function jobOf(reply: unknown, range: string, to: string): { state: string; message: string } | null {
  for (const job of Array.isArray(reply) ? (reply as unknown[][]) : []) {
    const field = (name: string): string => String(job[job.indexOf(name) + 1] ?? '')
    if (field('slot_ranges') === range && field('target_node') === to)
      return { state: field('state'), message: field('message') }
  }
  return null
}

/** Several at a time: most of it is waiting for answers. */
async function moveEach(mover: Mover, move: SlotMove, first: number, last: number): Promise<void> {
  for (let from = first; from <= last; from += SLOTS_AT_ONCE) {
    const slots = Array.from({ length: Math.min(SLOTS_AT_ONCE, last - from + 1) }, (_, at) => from + at)
    const done = await Promise.allSettled(slots.map((slot) => moveByKeys(mover, move, slot)))
    const failed = done.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }
}

/** A slot by itself: every key of it goes with MIGRATE, then everybody is told. */
async function moveByKeys({ links, password }: Mover, { from, to }: SlotMove, slot: number): Promise<void> {
  const [source, target] = [links.get(from)!, links.get(to)!]
  await target.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from)
  await source.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to)
  for (;;) {
    const keys = (await source.ask('CLUSTER', 'GETKEYSINSLOT', slot, KEYS_A_STEP)) as string[]
    if (keys.length === 0) break
    const auth = password === null ? [] : ['AUTH', password]
    const place = [target.place.host, target.place.port, '', 0, STEP_TIMEOUT_MS]
    await source.ask('MIGRATE', ...place, 'REPLACE', ...auth, 'KEYS', ...keys)
  }
  // The new owner first: were it told last, a slot could for a moment have none.
  for (const link of [target, source, ...links.values()])
    await link.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to).catch((error: unknown) => {
      if (link === target || link === source) throw error
    })
}

/**
 * What a command that was cut off has begun: acts that the servers carry on by themselves are waited for, slots that are open are moved on to where they were going.
 * Answers how many there were.
 */
export async function endOpenMoves(mover: Mover, primaries: readonly string[]): Promise<number> {
  let ended = 0
  for (const from of primaries) {
    const source = mover.links.get(from)!
    for (const { slot, to } of openSlots(String(await source.ask('CLUSTER', 'NODES')))) {
      ended++
      if (mover.links.has(to)) await moveByKeys(mover, { from, to, ranges: [] }, slot)
      else await source.ask('CLUSTER', 'SETSLOT', slot, 'STABLE')
    }
    if (!(await canMoveAtOnce(source))) continue
    const isMoving = async (): Promise<boolean> =>
      statesOf(await source.ask('CLUSTER', 'GETSLOTMIGRATIONS')).some((state) => !OVER.includes(state))
    if (!(await isMoving())) continue
    ended++
    await patiently('the end of a move of slots', async () => !(await isMoving()), PATIENCE_MS)
  }
  return ended
}

const OVER: readonly string[] = ['success', 'failed', 'cancelled']
const statesOf = (reply: unknown): string[] =>
  (Array.isArray(reply) ? (reply as unknown[][]) : []).map((job) =>
    String(job[job.indexOf('state') + 1] ?? ''),
  )
