/** How long calls take, and which were slow. */
import type { JSX } from 'preact'
import type { StoreAnswer } from '../../query-api/wire.ts'
import { amount } from '../format/format.ts'
import { SlowCalls } from './slow-calls.tsx'
import { microseconds, NOT_KNOWN } from './store-words.ts'

export function Calls({ answer }: { answer: StoreAnswer }): JSX.Element {
  return (
    <section class="panel w4" data-panel="calls" aria-label="Time of a call">
      <div class="ph">
        <h2>Time of a call</h2>
        <span class="unit">in the server, since it started</span>
      </div>
      {answer.calls === null ? (
        <p class="i3 none">{NOT_KNOWN}: the store does not tell.</p>
      ) : (
        <table class="rows">
          <caption class="sr">Commands that took the most time, first</caption>
          <thead>
            <tr>
              <th>Command</th>
              <th class="r">calls</th>
              <th class="r">median</th>
              <th class="r">p99</th>
            </tr>
          </thead>
          <tbody>
            {answer.calls.map(({ command, calls, p50Us, p99Us }) => (
              <tr key={command}>
                <td>
                  <code>{command}</code>
                </td>
                <td class="r i2">{amount(calls)}</td>
                <td class="r i2">{microseconds(p50Us)}</td>
                <td class="r num">{microseconds(p99Us)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <SlowCalls answer={answer} />
    </section>
  )
}
