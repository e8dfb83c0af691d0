/** Backups: which there are, which were restored once to prove it, and the commands that make, prove and restore them. */
import type { JSX } from 'preact'
import type { StoreAnswer, StoreBackup } from '../../query-api/wire.ts'
import { bytes, momentOf, span } from '../format/format.ts'
import { Glyph } from '../ui/icons.tsx'
import { Command } from './command.tsx'
import { command } from './store-words.ts'

const SHOWN = 8

export function Backups({ answer }: { answer: StoreAnswer }): JSX.Element {
  const { backups, nowMs } = answer
  const place = backups?.place
  const from = place === undefined ? '' : ` --from ${place}`
  return (
    <section class="panel w5" data-panel="backups" aria-label="Backups and restore">
      <div class="ph">
        <h2>Backups and restore</h2>
        {backups !== null && (
          <span class="unit">
            every {span(backups.everyMs)}
            {place === undefined ? '' : `, in ${place}`}
          </span>
        )}
      </div>
      {backups === null ? (
        <p class="i3 none">
          Not known: no schedule is given to this API. TIDEMARK_BACKUP_EVERY and TIDEMARK_BACKUP_KEY_FILE give
          it one.
        </p>
      ) : backups.kept === null ? (
        <p class="bad none">The place of the backups does not answer.</p>
      ) : backups.kept.length === 0 ? (
        <p class="i3 none">There is none yet.</p>
      ) : (
        <Kept kept={backups.kept.slice(0, SHOWN)} nowMs={nowMs} />
      )}
      <div class="cmds">
        <Command
          does="Back up now"
          text={command(answer, `store backup${place === undefined ? '' : ` --to ${place}`}`)}
        />
        <Command does="Prove the newest" text={`tidemark store verify${from}`} />
        <Command
          does="As it was at a time, into an empty store"
          text={`tidemark store restore --to ${timeText(nowMs)}${from} --store redis://HOST:PORT`}
        />
      </div>
    </section>
  )
}

/** Of an hour ago, whole minutes: to be changed. */
const timeText = (nowMs: number): string =>
  `${new Date(Math.floor((nowMs - 3_600_000) / 3_600_000) * 3_600_000).toISOString().slice(0, 19)}Z`

function Kept({ kept, nowMs }: { kept: readonly StoreBackup[]; nowMs: number }): JSX.Element {
  return (
    <table class="rows">
      <caption class="sr">Newest backups</caption>
      <thead>
        <tr>
          <th>Taken</th>
          <th class="r">size</th>
          <th class="r no-phone">took</th>
          <th>Checked</th>
        </tr>
      </thead>
      <tbody>
        {kept.map(({ name, takenAtMs, tookMs, bytes: size, verifiedMs }) => (
          <tr key={name} data-backup={name} data-verified={verifiedMs !== null}>
            <td title={name}>{momentOf(takenAtMs, nowMs)}</td>
            {verifiedMs === null ? (
              <td class="bad" colSpan={3}>
                its manifest cannot be read
              </td>
            ) : (
              <>
                <td class="r num">{bytes(size)}</td>
                <td class="r i3 no-phone">{span(tookMs)}</td>
                <td>
                  <span class="accent">
                    <Glyph name="check" />
                  </span>{' '}
                  restored once, {momentOf(verifiedMs, nowMs)}
                </td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
