/** What about the servers of a store costs numbers, writes or nights, and what to do about each. Asks for INFO and TIME, and for settings and latencies where they may be asked for. */
import type { Store } from './connection/connection.ts'
import { diskEncryption, type Encryption } from './disk-encryption.ts'
import { readInfo } from './node-info.ts'
import { versionFaults } from './version-faults.ts'

/** `unknown`: it could not be told from here, and a person has to look. */
export type Verdict = 'ok' | 'warning' | 'fault' | 'unknown'

export interface Finding {
  readonly node: string
  readonly check: 'version' | 'policy' | 'disk' | 'fsync' | 'replicas' | 'memory' | 'clock' | 'encryption'
  readonly verdict: Verdict
  readonly says: string
  /** null = nothing. */
  readonly todo: string | null
}

/** What was asked of one server. */
export interface NodeFacts {
  readonly node: string
  readonly info: string
  /** null = it may not be asked for. */
  readonly appendfsync: string | null
  /** Slowest fsync that its latency monitor remembers; null = it remembers none, or may not be asked. */
  readonly fsyncMs: number | null
  /** Its clock minus ours. */
  readonly clockAheadMs: number
  /** Of its disk; null = it cannot be told from here. */
  readonly encryption: Encryption | null
}

const SLOW_FSYNC_MS = 100
const CLOCK_APART_MS = 1000
const MEMORY_NEARLY_FULL = 0.8
const BEHIND_BYTES = 16 * 2 ** 20

export async function examine(store: Pick<Store, 'info' | 'everywhere'>): Promise<readonly Finding[]> {
  const [infos, settings, folders, latest] = [
    await store.info(),
    await store.everywhere(['CONFIG', 'GET', 'appendfsync']),
    await store.everywhere(['CONFIG', 'GET', 'dir']),
    await store.everywhere(['LATENCY', 'LATEST']),
  ]
  const askedMs = Date.now()
  const times = await store.everywhere(['TIME'])
  const nowMs = (askedMs + Date.now()) / 2
  const of = (replies: readonly { node: string; reply: unknown }[], node: string): unknown[] | null => {
    const reply = replies.find((one) => one.node === node)?.reply
    return Array.isArray(reply) ? reply : null
  }
  return infos.flatMap(({ node, text }) => {
    const setting = of(settings, node)?.[1]
    const [seconds, micros] = (of(times, node) ?? []).map(Number)
    const folder = of(folders, node)?.[1]
    const events = (of(latest, node) ?? []) as unknown[][]
    const fsyncs = events.filter(([name]) => /fsync/.test(String(name))).map(([, , , most]) => Number(most))
    return diagnose({
      node,
      info: text,
      appendfsync: setting === undefined ? null : String(setting),
      fsyncMs: fsyncs.length === 0 ? null : Math.max(...fsyncs),
      encryption: folder === undefined ? null : diskEncryption(processOf(text), String(folder)),
      clockAheadMs: seconds === undefined ? 0 : seconds * 1000 + (micros ?? 0) / 1000 - nowMs,
    })
  })
}

/** Pure. One finding a check, in the order of harm; of versions one a fault. */
export function diagnose(facts: NodeFacts): readonly Finding[] {
  const info = readInfo(facts.node, facts.info)
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(facts.info)?.[1] ?? ''
  const findings: Finding[] = []
  const find = (check: Finding['check'], verdict: Verdict, says: string, todo: string | null = null): void =>
    void findings.push({ node: facts.node, check, verdict, says, todo })

  const faults = versionFaults(info.family, info.version)
  for (const fault of faults)
    find('version', 'fault', `${info.family} ${fault}`, 'take the version that mends it')
  if (faults.length === 0)
    find('version', 'ok', `${info.family} ${info.version}: no fault that loses data is known here`)

  if (info.policy === '')
    find('policy', 'unknown', 'maxmemory-policy is not told', 'see to it that it is noeviction')
  else if (info.policy === 'noeviction')
    find('policy', 'ok', 'a full server refuses writes and drops nothing')
  else
    find(
      'policy',
      'fault',
      `maxmemory-policy is ${info.policy}: a full server drops keys, and numbers with them`,
      'CONFIG SET maxmemory-policy noeviction, and in its configuration',
    )
  if (info.evictedKeys > 0)
    find(
      'policy',
      'warning',
      `${info.evictedKeys} keys were dropped since its start`,
      'ingest counts what is missing anew: see its log',
    )

  disk(facts, field, find)
  const { fsyncMs } = facts
  const delayed = Number(field('aof_delayed_fsync') || 0)
  if (fsyncMs === null && delayed === 0)
    find(
      'fsync',
      'unknown',
      'no fsync was measured',
      'CONFIG SET latency-monitor-threshold 10 has the server remember slow ones',
    )
  else if ((fsyncMs ?? 0) > SLOW_FSYNC_MS || delayed > 0)
    find(
      'fsync',
      'warning',
      `slowest fsync ${fsyncMs ?? 'not known'} ms, ${delayed} writes waited for one`,
      "take a faster disk, or one that is nobody else's",
    )
  else find('fsync', 'ok', `slowest fsync ${fsyncMs} ms`)

  replicas(field, find)
  if (info.maxBytes === 0)
    find(
      'memory',
      'warning',
      'maxmemory is not set: a full machine ends the server',
      'set it to what the machine can spare, with room for one copy on write',
    )
  else {
    const share = info.usedBytes / info.maxBytes
    const says = `${Math.round(share * 100)} % of maxmemory in use`
    if (share > MEMORY_NEARLY_FULL) find('memory', 'warning', says, 'give it more memory, or keep less')
    else find('memory', 'ok', says)
  }
  const apartMs = Math.round(facts.clockAheadMs)
  if (Math.abs(apartMs) > CLOCK_APART_MS)
    find(
      'clock',
      'warning',
      `its clock is ${Math.abs(apartMs)} ms ${apartMs > 0 ? 'ahead of' : 'behind'} this machine's`,
      'have both follow a time server',
    )
  else find('clock', 'ok', `its clock and this machine's are within ${CLOCK_APART_MS} ms`)
  if (facts.encryption === 'encrypted') find('encryption', 'ok', 'its disk is encrypted by its machine')
  else if (facts.encryption === 'plain')
    find(
      'encryption',
      'warning',
      'its machine does not encrypt its disk: who gets hold of it reads everything',
      'put its data on an encrypted volume (LUKS), unless the provider or the disk encrypts',
    )
  else
    find(
      'encryption',
      'unknown',
      'whether its disk is encrypted cannot be told from here',
      'look at the volume that holds its data',
    )
  return findings
}

const processOf = (info: string): number => Number(/^process_id:(\d+)/m.exec(info)?.[1] ?? -1)

type Find = (check: Finding['check'], verdict: Verdict, says: string, todo?: string | null) => void

function disk({ appendfsync }: NodeFacts, field: (name: string) => string, find: Find): void {
  const enabled = field('aof_enabled')
  if (enabled === '')
    return find('disk', 'unknown', 'whether it writes to disk is not told', 'ask who operates it')
  if (enabled !== '1')
    return find(
      'disk',
      'warning',
      'appendonly is off: a restart loses everything; numbers come back from the log, plain writes do not',
      'set appendonly yes, unless it is a cache',
    )
  const status = field('aof_last_write_status')
  if (status !== 'ok')
    return find(
      'disk',
      'fault',
      `its last write to disk failed (aof_last_write_status is ${status})`,
      'make room on its disk',
    )
  if (appendfsync === 'no')
    return find(
      'disk',
      'warning',
      'appendfsync is no: the system writes when it likes',
      'set it to everysec or always',
    )
  find('disk', 'ok', `writes to disk, appendfsync ${appendfsync ?? 'not told'}`)
}

function replicas(field: (name: string) => string, find: Find): void {
  const lines = [...Array(Number(field('connected_slaves') || 0)).keys()].map((n) => field(`slave${n}`))
  const offset = Number(field('master_repl_offset'))
  if (lines.length === 0)
    return find(
      'replicas',
      'warning',
      'it has no replica: with the machine go all plain writes',
      'add one, on another machine',
    )
  const behind = lines.filter(
    (line) =>
      !line.includes('state=online') || offset - Number(/offset=(\d+)/.exec(line)?.[1] ?? 0) > BEHIND_BYTES,
  )
  if (behind.length > 0)
    find(
      'replicas',
      'warning',
      `${behind.length} of ${lines.length} replicas are not in sync`,
      "see the network and the replica's log",
    )
  else find('replicas', 'ok', `${lines.length} in sync`)
}
