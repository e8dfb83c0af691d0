/** What a crash costs, and what the primaries say of their disks. */
import type { JSX } from 'preact'
import type { StoreAnswer, StoreDisk } from '../../query-api/wire.ts'
import { amount, bytes, momentOf } from '../format/format.ts'
import { StoreChip } from './chip.tsx'
import { commonDisk, lossWords, NOT_KNOWN, primaries, syncWords } from './store-words.ts'

export function Persistence({ answer }: { answer: StoreAnswer }): JSX.Element {
  const disks = primaries(answer).flatMap(({ node, startedMs, disk }) =>
    disk === null ? [] : [{ node, startedMs, ...disk }],
  )
  const common = commonDisk(answer)
  return (
    <section class="panel w4" data-panel="persistence" aria-label="Persistence">
      <div class="ph">
        <h2>Persistence</h2>
        <span class="unit">{common === null ? '' : syncWords(common)}</span>
        <StoreChip />
      </div>
      <dl class="facts">
        <Fact name="A crash costs numbers" says="nothing: the log counts again what the store forgets" />
        <Fact name="and plain writes" says={lossWords(common)} />
        <Fact name="Last write" says={writeWords(disks)} bad={disks.some(({ isOk }) => !isOk)} />
        <Fact name="File" says={fileWords(disks)} />
        <Fact name="Waits for a sync" says={waitWords(disks)} />
        <Fact name="Last snapshot" says={snapshotWords(disks, answer.nowMs)} />
      </dl>
    </section>
  )
}

function Fact({ name, says, bad = false }: { name: string; says: string; bad?: boolean }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={says === NOT_KNOWN ? 'i3' : bad ? 'bad' : ''}>{says}</dd>
    </div>
  )
}

type Disks = readonly (StoreDisk & { node: string; startedMs: number | null })[]

function writeWords(disks: Disks): string {
  if (disks.length === 0) return NOT_KNOWN
  const failed = disks.filter(({ isOk }) => !isOk).map(({ node }) => node)
  if (failed.length > 0) return `failed on ${failed.join(', ')}: make room on its disk`
  return disks.some(({ isOn }) => isOn) ? 'went well' : 'there is no file to write to'
}

function sum(disks: Disks, of: (disk: StoreDisk) => number | null): number | null {
  const on = disks.filter(({ isOn }) => isOn).map(of)
  return on.length === 0 || on.includes(null) ? null : on.reduce<number>((all, one) => all + one!, 0)
}

function fileWords(disks: Disks): string {
  if (disks.length > 0 && disks.every(({ isOn }) => !isOn)) return 'none'
  const [file, base] = [sum(disks, ({ fileBytes }) => fileBytes), sum(disks, (disk) => disk.rewrittenBytes)]
  if (file === null) return NOT_KNOWN
  const since =
    base === null
      ? ''
      : base === 0
        ? ', not yet rewritten'
        : `, ${bytes(Math.max(0, file - base))} since it was rewritten`
  return `${bytes(file)}${since}${disks.some(({ isRewriting }) => isRewriting) ? '; a rewrite is under way' : ''}`
}

function waitWords(disks: Disks): string {
  const waits = sum(disks, (disk) => disk.waits)
  if (waits === null) return NOT_KNOWN
  return waits === 0 ? 'none since the start' : `${amount(waits)} since the start: the disk is slow`
}

/** Both times are of whole seconds. */
const AT_START_MS = 3000

/** A server that never took one says when it started. */
function snapshotWords(disks: Disks, nowMs: number): string {
  if (disks.length === 0 || disks.some(({ snapshotMs }) => snapshotMs === null)) return NOT_KNOWN
  const taken = disks.filter(({ snapshotMs, startedMs }) => snapshotMs! > (startedMs ?? 0) + AT_START_MS)
  return taken.length < disks.length
    ? 'none since the start'
    : momentOf(Math.min(...taken.map(({ snapshotMs }) => snapshotMs!)), nowMs)
}
