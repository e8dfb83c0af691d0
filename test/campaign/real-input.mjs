// Real input: the NAB sensor series and a web log, replayed and recounted.
//   node test/campaign/real-input.mjs [--short] [--data FOLDER] [--no-days]
// Twice: with original times under definitions that keep everything, and with times shifted so that each series ends now, under the shipped ones.
// Then, unless --no-days, a year of days of 23, 25 and other hours in six zones: lib/local-days.mjs.
// Without --data (or TIDEMARK_DATA) the slice in test/fixtures stands in, and the minimum of cells is smaller: a replay that left nothing would prove nothing.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../build.mjs'
import { localDays } from './lib/local-days.mjs'
import { startPipeline } from './lib/pipeline.mjs'
import { root } from './lib/processes.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    data: { type: 'string' },
    slice: { type: 'boolean' },
    days: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const given = flags.slice ? undefined : (flags.data ?? process.env.TIDEMARK_DATA)
const data = given ?? join(root, 'test/fixtures')
const whole = given !== undefined
const least = whole ? { nab: 100_000, weblog: 10_000 } : { nab: 1000, weblog: 500 }
const filesIn = (folder, ending) =>
  readdirSync(join(data, folder))
    .filter((name) => ending.test(name))
    .map((name) => join(data, folder, name))

await build()
const { shipped } = await import(join(root, 'dist/model/shipped.js'))
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-real-'))
const keepAll = join(scratch, 'keep-all.json')
writeFileSync(
  keepAll,
  JSON.stringify({
    ...shipped,
    keep: Object.fromEntries(Object.keys(shipped.keep).map((interval) => [interval, 'forever'])),
  }),
)

let passed = 0
let failed = 0
for (const [name, definition, shift] of [
  ['original times, everything kept', keepAll, 'none'],
  ['shifted to end now, shipped definition', undefined, 'each'],
]) {
  const began = Date.now()
  const pipeline = await startPipeline({ definition })
  try {
    const nab = JSON.parse(
      await pipeline.run(
        'replay',
        '--preset',
        'nab',
        '--shift',
        shift,
        '--kafka',
        pipeline.kafka,
        '--json',
        ...filesIn('nab', /\.csv(\.gz)?$/),
      ),
    )
    const web = JSON.parse(
      await pipeline.run(
        'replay',
        '--preset',
        'weblog',
        '--shift',
        shift,
        '--kafka',
        pipeline.kafka,
        '--json',
        ...filesIn('weblog', /\.tsv(\.gz)?$/),
      ),
    )
    await pipeline.caughtUp()
    const found = await pipeline.audit('--min-cells', shift === 'none' ? least.nab : 500)
    console.log(
      `\n${name}: ${nab.records} readings, ${web.records} clicks, ${((Date.now() - began) / 1000).toFixed(1)} s`,
    )
    for (const source of found.sources)
      console.log(
        `  ${source.source}: cells at 1m ${cellsAt(source, '1m')}, of all intervals ${cellsAt(source)}`,
      )
    console.log(
      `  ${found.differences.missing} missing, ${found.differences.extra} extra, ${found.differences.different} different; ${found.lingering} lingering`,
    )
    const enough =
      shift !== 'none' ||
      found.sources.every(
        (source) => cellsAt(source, '1m') >= (source.source === 'readings' ? least.nab : 100),
      )
    if (!enough) console.log(`  too few cells at 1m: at least ${least.nab} were expected of the readings`)
    if (enough) passed++
    else failed++
  } catch (error) {
    console.log(`${name}: ${error.message}`)
    failed++
  } finally {
    await pipeline.stop()
  }
}
if (flags.days)
  try {
    const began = Date.now()
    const said = await localDays({
      weblog: filesIn('weblog', /\.tsv(\.gz)?$/),
      nab: filesIn('nab', /\.csv(\.gz)?$/),
      scratch,
      isShort: flags.short === true,
    })
    console.log(`\na year of local days, ${((Date.now() - began) / 1000).toFixed(1)} s\n  ${said}`)
    passed++
  } catch (error) {
    console.log(`a year of local days: ${error.message}`)
    failed++
  }
rmSync(scratch, { recursive: true, force: true })
if (!existsSync(data)) failed++
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed > 0 ? 1 : 0)

function cellsAt(source, interval) {
  let sum = 0
  for (const byInterval of Object.values(source.cells))
    for (const [name, cells] of Object.entries(byInterval))
      if (interval === undefined || name === interval) sum += cells
  return sum
}
