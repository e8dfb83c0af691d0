/** Every other act on the store, as a command: the page changes nothing. */
import type { JSX } from 'preact'
import type { StoreAnswer } from '../../query-api/wire.ts'
import { Command } from './command.tsx'
import { command, primaries, replicas } from './store-words.ts'

export function Commands({ answer }: { answer: StoreAnswer }): JSX.Element {
  const shards = primaries(answer).length
  const copies = Math.ceil(replicas(answer).length / Math.max(1, shards))
  return (
    <section class="panel w12" data-panel="commands" aria-label="Commands">
      <div class="ph">
        <h2>Commands</h2>
        <span class="unit">the page itself changes nothing</span>
      </div>
      <div class="cmds wide">
        <Command does="Nodes" text={command(answer, 'store status')} />
        <Command does="What is wrong, and what to do" text={command(answer, 'doctor')} />
        <Command does="Users with the least rights" text={command(answer, 'store users --apply')} />
        {answer.kind === 'cluster' && (
          <>
            <Command
              does="A shard more, of a local store"
              text={`tidemark store scale --shards ${shards + 1}`}
            />
            <Command
              does="A copy more of each, of a local store"
              text={`tidemark store scale --replicas ${copies + 1}`}
            />
          </>
        )}
        <Command does="An endpoint for plain clients" text={command(answer, 'store endpoint --port 6380')} />
        {answer.address === undefined && (
          <p class="note">
            This API can be reached by others and tells no addresses: add --store, or set TIDEMARK_STORE.
          </p>
        )}
      </div>
    </section>
  )
}
