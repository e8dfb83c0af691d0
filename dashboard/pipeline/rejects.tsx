/** What was refused: when, where in the log, why, and the head of its bytes. */
import type { JSX } from 'preact'
import type { RejectRow } from '../../query-api/wire.ts'
import { amount, fixed, momentOf } from '../format/format.ts'
import { visible } from '../format/names.ts'
import { StatusChip } from './status-chip.tsx'

export function Rejects({ rows, total }: { rows: readonly RejectRow[]; total: number }): JSX.Element {
  return (
    <section class="panel w12" data-panel="rejects" aria-label="Rejects">
      <div class="ph">
        <h2>Rejects</h2>
        {total > 0 && (
          <span class="unit">
            {rows.length < total ? `${rows.length} newest of ${amount(total)}` : `all ${amount(total)}`}
          </span>
        )}
        <StatusChip />
      </div>
      {rows.length === 0 ? (
        <p class="i3 none">Nothing was refused.</p>
      ) : (
        <div class="rejects" tabIndex={0} role="region" aria-label="Rejected records">
          <table class="rows">
            <caption class="sr">Newest rejects</caption>
            <thead>
              <tr>
                <th>At</th>
                <th>Where</th>
                <th>Why</th>
                <th class="no-phone">First bytes</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.source}/${row.partition}@${row.offset}`} data-reason={row.reason}>
                  <td class="i3">{momentOf(row.tsMs)}</td>
                  <td>
                    {row.source}/{row.partition} <span class="i3">@ {fixed(row.offset, 0)}</span>
                  </td>
                  <td class="why" title={row.reason}>
                    {row.detail === '' ? row.reason : row.detail}
                  </td>
                  <td class="bytes no-phone">
                    <code title={`${row.raw}\n${fixed(row.bytes, 0)} bytes`}>{visible(row.raw)}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
