// What a campaign of faults prints at its end: median and worst of each kind, and the share of reads that were answered.
import { share } from './readers.mjs'

/** `table`: `{ name, gapMs, rightMs, reads }` a fault; `faults`: why reads failed, with how often. */
export function printGaps(table, faults) {
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
  for (const name of new Set(table.map((row) => row.name))) {
    const rows = table.filter((row) => row.name === name)
    const of = (what) => rows.map((row) => row[what]).toSorted((a, b) => a - b)
    const text = (all) => `median ${seconds(all[all.length >> 1])}, worst ${seconds(all.at(-1))}`
    if (rows.length > 1)
      console.log(
        `${name}: ${rows.length} times; without a write: ${text(of('gapMs'))}; right again: ${text(of('rightMs'))}; reads answered: ${share(sumOf(rows))}`,
      )
  }
  const all = sumOf(table)
  console.log(`reads answered: ${all.answered} of ${all.asked}, ${share(all)} (99.99 % is the aim)`)
  for (const [why, times] of faults) console.log(`  ${times} not: ${why}`)
}

const sumOf = (rows) =>
  rows.reduce(
    (sum, { reads }) => ({ asked: sum.asked + reads.asked, answered: sum.answered + reads.answered }),
    { asked: 0, answered: 0 },
  )
