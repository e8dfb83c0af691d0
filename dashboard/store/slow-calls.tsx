/** Single calls that nodes noted as slow: which command, how long, when. What it was called with the API does not tell. */
import type { JSX } from 'preact'
import type { StoreAnswer } from '../../query-api/wire.ts'
import { momentOf } from '../format/format.ts'
import { Command } from './command.tsx'
import { microseconds, slowWords } from './store-words.ts'

const SHOWN = 8

export function SlowCalls({ answer }: { answer: StoreAnswer }): JSX.Element {
  const { slow, nowMs, address } = answer
  const calls = slow.calls ?? []
  return (
    <>
      <div class="ph below">
        <h2>Slow calls</h2>
        <span class="unit">{slow.overUs === null ? '' : `over ${microseconds(slow.overUs)}`}</span>
      </div>
      {calls.length > 0 && (
        <table class="rows">
          <caption class="sr">Slow calls, the newest first</caption>
          <thead>
            <tr>
              <th>When</th>
              <th>Command</th>
              <th class="no-phone">Node</th>
              <th class="r">took</th>
            </tr>
          </thead>
          <tbody>
            {calls.slice(0, SHOWN).map(({ node, atMs, command, tookUs }, at) => (
              <tr key={`${node} ${atMs} ${at}`} data-slow={command}>
                <td class="i3">{momentOf(atMs, nowMs)}</td>
                <td>
                  <code>{command}</code>
                </td>
                <td class="i3 no-phone">
                  <bdi>{node}</bdi>
                </td>
                <td class="r num">{microseconds(tookUs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {slowWords(slow).map((sentence) => (
        <p key={sentence} class={calls.length > 0 ? 'note' : 'i3 none'} data-slow-note>
          {sentence}
        </p>
      ))}
      <Command
        does="With what they were called"
        text={`redis-cli${address === undefined ? '' : cliPlace(address)} SLOWLOG GET 20`}
      />
    </>
  )
}

/** ` -h HOST -p PORT` of the first node of an address; sentinels are not it. */
function cliPlace(address: string): string {
  const found = /^rediss?(?:\+cluster)?:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/,]+):(\d+)/.exec(address)
  return found === null ? '' : ` -h ${found[1]!.replace(/^\[|\]$/g, '')} -p ${found[2]!}`
}
