/** Six numbers of the store; what is not known is said in words. */
import type { ComponentChildren, JSX } from 'preact'
import type { StoreAnswer } from '../../query-api/wire.ts'
import { amount, bytes, momentOf, seconds, span } from '../format/format.ts'
import { Spark } from '../panels/spark.tsx'
import { Glyph } from '../ui/icons.tsx'
import {
  commonDisk,
  NOT_KNOWN,
  primaries,
  replicas,
  shapeWords,
  slotWords,
  syncWords,
  usedShare,
} from './store-words.ts'

interface Fact {
  readonly title: string
  /** Null = not known; then `under` says why. */
  readonly value: string | null
  readonly otherwise?: string
  readonly small?: string
  readonly under: string
  readonly spark?: readonly number[]
  readonly chip?: ComponentChildren
}

function FactTile({
  title,
  value,
  otherwise = NOT_KNOWN,
  small,
  under,
  spark,
  chip,
  isStale,
}: Fact & { isStale: boolean }): JSX.Element {
  return (
    <div class={`stat${isStale ? ' is-stale' : ''}`} data-tile={title}>
      <div class="h">
        <span class="cut">{title}</span>
        {chip}
      </div>
      <div class="m">
        {value === null ? (
          <span class="val nil">{otherwise}</span>
        ) : (
          <span class="val">
            {value}
            {small !== undefined && <small>{small}</small>}
          </span>
        )}
        {spark !== undefined && <Spark values={spark} alive={!isStale} />}
      </div>
      <div class="chg">
        <span class="cut" title={under}>
          {under}
        </span>
      </div>
    </div>
  )
}

export function StoreTiles({ answer }: { answer: StoreAnswer }): JSX.Element {
  const facts = [memory(answer), disk(answer), nodes(answer), lag(answer), calls(answer), backup(answer)]
  return (
    <section class="stats" data-tiles="6" aria-label="The store in six numbers">
      {facts.map((fact) => (
        // Backups do not come from the store.
        <FactTile key={fact.title} {...fact} isStale={answer.isAway && fact.title !== 'Last backup'} />
      ))}
    </section>
  )
}

function memory(answer: StoreAnswer): Fact {
  const { usedBytes, maxBytes, samples } = answer.memory
  return {
    title: 'Memory',
    value: bytes(usedBytes),
    ...(maxBytes > 0 && { small: `of ${bytes(maxBytes)}` }),
    under: usedShare(answer),
    spark: (samples ?? []).map((one) => one.usedBytes),
  }
}

function disk(answer: StoreAnswer): Fact {
  const common = commonDisk(answer)
  return {
    title: 'Kept on disk',
    value: common?.durability ?? null,
    under: common === null ? 'the primaries differ, or do not tell' : syncWords(common),
  }
}

function nodes(answer: StoreAnswer): Fact {
  const up = answer.nodes.filter(({ state }) => state === 'up').length
  return {
    title: 'Nodes up',
    value: answer.isAway ? null : amount(up),
    otherwise: 'no answer',
    small: `of ${amount(answer.nodes.length)}`,
    under: slotWords(answer) ?? primaries(answer)[0]?.engine ?? shapeWords(answer),
  }
}

function lag(answer: StoreAnswer): Fact {
  const copies = replicas(answer)
  const known = copies.flatMap(({ lagBytes }) => lagBytes ?? [])
  const heard = copies.flatMap(({ heardMs }) => heardMs ?? [])
  return {
    title: 'Replica lag, worst',
    value: known.length === 0 ? null : bytes(Math.max(...known)),
    otherwise: copies.length === 0 ? 'no replica' : NOT_KNOWN,
    under:
      copies.length === 0
        ? 'the log fills what is lost'
        : `${amount(known.length)} of ${amount(copies.length)} in step${heard.length === 0 ? '' : `, heard ${seconds(Math.max(...heard) / 1000)} ago`}`,
  }
}

function calls(answer: StoreAnswer): Fact {
  const rates = primaries(answer).map(({ callsPerS }) => callsPerS)
  const clients = primaries(answer).flatMap((one) => one.clients ?? [])
  return {
    title: 'Calls',
    value: rates.includes(null) ? null : amount(rates.reduce<number>((sum, rate) => sum + rate!, 0)),
    small: '/s',
    under: clients.length === 0 ? '' : `${amount(clients.reduce((sum, one) => sum + one, 0))} connections`,
  }
}

function backup({ backups, nowMs }: StoreAnswer): Fact {
  const title = 'Last backup'
  if (backups === null) return { title, value: null, under: 'no schedule is given' }
  if (backups.kept === null) return { title, value: null, under: 'the place of the backups does not answer' }
  const newest = backups.kept.find(({ verifiedMs }) => verifiedMs !== null)
  if (newest === undefined)
    return { title, value: null, otherwise: 'none yet', under: `one every ${span(backups.everyMs)}` }
  return {
    title,
    value: span(nowMs - newest.takenAtMs),
    small: 'ago',
    under: `${momentOf(newest.takenAtMs, nowMs)}, restored once`,
    chip: (
      <span class="fresh" data-state="exact">
        <Glyph name="check" />
        verified
      </span>
    ),
  }
}
