/** An account: items, single rule, bold total, double rule. A sum that does not balance turns red and says so. */
import type { JSX } from 'preact'
import { Glyph } from '../ui/icons.tsx'
import { fixed } from '../format/format.ts'
import type { Ledger as LedgerOf } from './ledger.ts'

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0)

export function Ledger({
  title,
  sources,
  ledger,
  total,
  rule,
}: {
  title: string
  sources: readonly string[]
  ledger: LedgerOf
  total: string
  rule: string
}): JSX.Element {
  const whole = sources.length > 1
  const wrong = sources.filter((_, i) => !ledger.balanced[i])
  const cells = (counts: readonly number[], style: (i: number) => string): JSX.Element[] => [
    ...counts.map((count, i) => (
      <td key={sources[i]!} class={`r ${style(i)}`}>
        {fixed(count, 0)}
      </td>
    )),
    ...(whole
      ? [
          <td key="all" class={`r all ${style(-1)}`}>
            {fixed(sum(counts), 0)}
          </td>,
        ]
      : []),
  ]
  return (
    <>
      <table class="rows led" data-ledger={title} data-balanced={wrong.length === 0}>
        <caption class="sr">{title}</caption>
        <thead>
          <tr>
            <th>{title}</th>
            <th class="no-phone" />
            {sources.map((source) => (
              <th key={source} class="r">
                {source}
              </th>
            ))}
            {whole && <th class="r all">all</th>}
          </tr>
        </thead>
        <tbody>
          {ledger.rows.map(({ name, description, counts }) => (
            <tr key={name}>
              <td>{name}</td>
              <td class="says cut no-phone">{description}</td>
              {cells(counts, () => '')}
            </tr>
          ))}
          <tr class="total">
            <td>{total}</td>
            <td class="says cut no-phone">{rule}</td>
            {cells(ledger.totals, (i) => (i >= 0 && !ledger.balanced[i] ? 'eq bad' : 'eq'))}
          </tr>
        </tbody>
      </table>
      {wrong.length > 0 && (
        <p class="note bad" role="alert">
          <Glyph name="bad" />
          {title} of {wrong.join(', ')} do not add up: the numbers of every page may be wrong. Run tidemark
          audit.
        </p>
      )}
    </>
  )
}
