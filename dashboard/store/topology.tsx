/** The nodes: which shard, who leads, what they hold, how far replicas are behind. */
import type { JSX } from 'preact'
import type { StoreAnswer, StoreNode } from '../../query-api/wire.ts'
import { amount, bytes, momentOf } from '../format/format.ts'
import { Glyph } from '../ui/icons.tsx'
import { StoreChip } from './chip.tsx'
import {
  lagWords,
  listed,
  NOT_KNOWN,
  primaries,
  rangesWords,
  shapeWords,
  silentReplicas,
  stateWords,
} from './store-words.ts'

const SLOTS = 16_384

export function Topology({ answer }: { answer: StoreAnswer }): JSX.Element {
  const hasZones = answer.nodes.some(({ zone }) => zone !== null)
  const isCluster = answer.kind === 'cluster'
  const silent = silentReplicas(answer)
  return (
    <section class="panel w8" data-panel="topology" aria-label="Topology">
      <div class="ph">
        <h2>Topology</h2>
        <span class="unit">{shapeWords(answer)}</span>
        <StoreChip />
      </div>
      {isCluster && <Slots answer={answer} />}
      <div class="scroll" tabIndex={0} role="region" aria-label="Nodes of the store">
        <table class="rows nodes">
          <caption class="sr">Nodes of the store</caption>
          <thead>
            <tr>
              <th>Node</th>
              <th>Role</th>
              {isCluster && <th class="no-phone">Slots</th>}
              {hasZones && <th>Zone</th>}
              <th class="mem no-phone">Memory</th>
              <th class="r">used</th>
              <th class="r no-phone">keys</th>
              <th class="r no-phone">calls/s</th>
              <th class="r">lag</th>
              <th class="r no-phone">up since</th>
            </tr>
          </thead>
          <tbody>
            {answer.nodes.map((node) => (
              <Row key={node.node} node={node} answer={answer} hasZones={hasZones} isCluster={isCluster} />
            ))}
          </tbody>
        </table>
      </div>
      {silent.length > 0 && (
        <div class="foot" data-silent={silent.length}>
          What {listed(silent)} {silent.length === 1 ? 'holds' : 'hold'} is {NOT_KNOWN}: this API does not
          reach
          {silent.length === 1 ? ' it' : ' them'}, and the primary tells a replica's lag alone.
        </div>
      )}
    </section>
  )
}

interface RowProps {
  node: StoreNode
  answer: StoreAnswer
  hasZones: boolean
  isCluster: boolean
}

function Row({ node, answer, hasZones, isCluster }: RowProps): JSX.Element {
  const { role, state, usedBytes, maxBytes, keys, callsPerS, startedMs, slots, shard } = node
  const isPrimary = role === 'primary'
  const known = (value: number | null): string => (value === null ? '' : amount(value))
  return (
    <tr data-node={node.node} data-role={role} data-state={state}>
      <td class={isPrimary ? 'strong' : ''}>
        {state !== 'up' && <Glyph name={state === 'down' ? 'bad' : 'behind'} />} <bdi>{node.node}</bdi>
      </td>
      <td class="i2">
        {isPrimary
          ? 'primary'
          : shard === null
            ? 'leads no shard any more'
            : `replica${isCluster ? ` of shard ${shard}` : ''}`}
        {state !== 'up' && isPrimary ? `, ${stateWords[state]}` : ''}
      </td>
      {isCluster && <td class="i2 no-phone">{slots === null ? '' : rangesWords(slots)}</td>}
      {hasZones && <td class="i2">{node.zone ?? NOT_KNOWN}</td>}
      <td class="mem no-phone">
        {usedBytes !== null && maxBytes !== null && maxBytes > 0 && (
          <span class="membar">
            <i style={{ width: `${Math.min(100, (usedBytes / maxBytes) * 100)}%` }} />
          </span>
        )}
      </td>
      <td class={usedBytes === null ? 'r i3' : 'r'}>
        {usedBytes === null
          ? state === 'up'
            ? NOT_KNOWN
            : ''
          : `${bytes(usedBytes)}${maxBytes !== null && maxBytes > 0 ? ` of ${bytes(maxBytes)}` : ''}`}
      </td>
      <td class="r no-phone">{known(keys)}</td>
      <td class="r no-phone">{known(callsPerS)}</td>
      <td class="r">{lagWords(node)}</td>
      <td class="r i3 no-phone">{startedMs === null ? '' : momentOf(startedMs, answer.nowMs)}</td>
    </tr>
  )
}

/** One ruler of all slots: which shard has which. */
function Slots({ answer }: { answer: StoreAnswer }): JSX.Element {
  const bands = primaries(answer)
    .flatMap(({ shard, slots }) => (slots ?? []).map(([from, to]) => ({ shard, from, to })))
    .sort((a, b) => a.from - b.from)
  return (
    <div class="slots" dir="ltr" aria-hidden="true">
      {bands.map(({ shard, from, to }) => (
        <span
          key={from}
          style={{ left: `${(from / SLOTS) * 100}%`, width: `${((to - from + 1) / SLOTS) * 100}%` }}
          title={`shard ${shard}: slots ${from} to ${to}`}
        >
          {to - from > SLOTS / 12 ? `shard ${shard}` : ''}
        </span>
      ))}
    </div>
  )
}
