// Medians and ranges of the runs, and each system beside the first one.
const sorted = (values) => values.toSorted((a, b) => a - b)
const median = (values) => sorted(values)[Math.floor(values.length / 2)]

export function printTable(count, rows) {
  const perCpu = (run) => count / run.cpu / 1000
  const first = median(rows[0].runs.map(perCpu))
  const cell = (text, width) => String(text).padStart(width)
  const fixed = (value, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : '-')
  console.log(
    `\n${'system'.padEnd(30)}${cell('k ev/CPU-s', 12)}${cell('range', 14)}${cell('k ev/s', 9)}${cell('first : it', 12)}${cell('CPU-s own', 11)}${cell('main', 7)}${cell('kernel', 8)}${cell('broker', 8)}${cell('store', 8)}${cell('RSS MB', 8)}${cell('store MB', 10)}`,
  )
  for (const { name, runs } of rows) {
    const rates = runs.map(perCpu)
    const of = (field) => median(runs.map((run) => run[field] ?? NaN))
    console.log(
      `${name.padEnd(30)}${cell(fixed(median(rates), 0), 12)}${cell(`${fixed(Math.min(...rates), 0)}-${fixed(Math.max(...rates), 0)}`, 14)}${cell(fixed(count / of('seconds') / 1000, 0), 9)}${cell(fixed(first / median(rates), 2), 12)}${cell(fixed(of('cpu')), 11)}${cell(fixed(of('mainCpu')), 7)}${cell(fixed(of('systemCpu')), 8)}${cell(fixed(of('kafkaCpu')), 8)}${cell(fixed(of('storeCpu')), 8)}${cell(fixed(of('peakMb'), 0), 8)}${cell(fixed(of('storeMb')), 10)}`,
    )
  }
}
