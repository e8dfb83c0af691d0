/** The store: its nodes, what a crash costs, its memory, what befell it, its backups, and every act as a command to copy. */
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { momentOf } from '../format/format.ts'
import { still } from '../state/still.ts'
import { Glyph } from '../ui/icons.tsx'
import { Backups } from './backups.tsx'
import { Calls } from './calls.tsx'
import { Commands } from './commands.tsx'
import { History } from './history.tsx'
import { Memory } from './memory.tsx'
import { Persistence } from './persistence.tsx'
import { beginPolling, fault, store } from './polling.ts'
import { StoreTiles } from './store-tiles.tsx'
import { Topology } from './topology.tsx'

export function StorePage(): JSX.Element {
  useEffect(() => beginPolling(() => still.peek()), [])
  const answer = store.value
  if (answer === null)
    return (
      <>
        <h1 class="sr">Store</h1>
        <div class="wait">
          {fault.value !== null && (
            <p class="i2">
              Nothing is known of the store yet: {fault.value}. It is asked again every two seconds.
            </p>
          )}
        </div>
      </>
    )
  return (
    <>
      <h1 class="sr">Store</h1>
      <div class="sheet store">
        {(answer.isAway || fault.value !== null) && (
          <section class="panel w12" data-panel="away" aria-label="Trouble">
            <p class="trouble">
              <span class="bad">
                <Glyph name="bad" />
              </span>
              {fault.value === null
                ? `The store does not answer, or one of its primaries does not. What shows is of ${momentOf(answer.asOfMs, answer.nowMs)}. Nothing is lost: events wait in the log.`
                : `The API does not tell how the store is: ${fault.value}. What shows is of ${momentOf(answer.asOfMs, answer.nowMs)}.`}
            </p>
          </section>
        )}
        <StoreTiles answer={answer} />
        <Topology answer={answer} />
        <Persistence answer={answer} />
        <Memory answer={answer} />
        <Calls answer={answer} />
        <History answer={answer} />
        <Backups answer={answer} />
        <Commands answer={answer} />
      </div>
    </>
  )
}
