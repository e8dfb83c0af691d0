// Breaks each law on purpose and looks whether its test notices: a test that cannot fail proves nothing.
//   node test/campaign/mutants.mjs [--short] [--only TEXT]
// Every mutant is one change of one line in a copy of the tree; the tests named beside it must fail there. --short: two mutants a law at the most.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './lib/processes.mjs'

/** [law, what breaks, file, text, becomes, test file, name of the test] */
const mutants = [
  [
    'L1',
    'next stays behind',
    'store/lua/apply.lua',
    "redis.call('HSET', pos, 'next', argv[2], unpack(",
    "redis.call('HSET', pos, 'next', stored[1], unpack(",
    'test/store/apply.test.ts',
    'L1',
  ],
  [
    'L1',
    'the offset moves, a value does not',
    'store/lua/apply.lua',
    "apply_in_parts('ZADD', key, argv, from, count)",
    'local _ = 0',
    'test/store/apply.test.ts',
    'L1',
  ],
  [
    'L2',
    'no fence',
    'store/lua/apply.lua',
    'if stored[1] ~= argv[1] then',
    'if false then',
    'test/store/apply.test.ts',
    'L2',
  ],
  [
    'L2',
    'a fence that lets the past through',
    'store/lua/apply.lua',
    'if stored[1] ~= argv[1] then',
    'if tonumber(stored[1]) < tonumber(argv[1]) then',
    'test/store/apply.test.ts',
    'L2',
  ],
  [
    'L2',
    'the definition is not compared',
    'store/lua/apply.lua',
    'if stored[2] ~= argv[3] then',
    'if false then',
    'test/store/apply.test.ts',
    'L2',
  ],
  [
    'L2',
    'the revision is not compared',
    'store/lua/apply.lua',
    'if stored[3] ~= argv[4] then',
    'if false then',
    'test/store/apply.test.ts',
    'L2',
  ],
  [
    'L2',
    'open resets what stands',
    'store/lua/open.lua',
    "if redis.call('HEXISTS', keys[1], 'next') == 1 then return { 0 } end",
    '',
    'test/store/apply.test.ts',
    'L2: open',
  ],
  [
    'L2',
    'another definition goes on in the numbers of this one',
    'ingest/generations.ts',
    'if (active.def === def && !anew)',
    'if (!anew)',
    'test/ingest/generations.test.ts',
    'another one fills',
  ],
  [
    'L3',
    'the cache outlives a refusal',
    'ingest/partition.ts',
    '        this.#forget()\n',
    '',
    'test/ingest/worker.test.ts',
    'L2',
  ],
  [
    'L3',
    'a lost command is sent again by the client',
    'store/client.ts',
    'maxRetriesPerRequest: offlineQueue ? null : 0',
    'maxRetriesPerRequest: null',
    'test/store/lost-reply.test.ts',
    'L3',
  ],
  [
    'L4',
    'types are not looked at first',
    'store/lua/apply.lua',
    "if found ~= 'none' and found ~= wanted then",
    'if false then',
    'test/store/apply.test.ts',
    'L4',
  ],
  [
    'L4',
    'tops of streams are not looked at first',
    'store/lua/apply.lua',
    'if not apply_is_after(argv[at + 2], tops[key]) then',
    'if false then',
    'test/store/apply.test.ts',
    'L4',
  ],
  [
    'L5',
    'markers and aborted records leave no trace',
    'ingest/reader.ts',
    "out.push({ skipped: batch.control ? 'control' : 'aborted', count: batch.lastOffset + 1 - wanted, offset: batch.lastOffset })",
    '',
    'test/ingest/reader.test.ts',
    'L5',
  ],
  [
    'L5',
    'any gap is taken for compaction',
    'ingest/reader.ts',
    'if (!compacted()) throw',
    'if (false) throw',
    'test/ingest/reader.test.ts',
    'L5',
  ],
  [
    'L5',
    'the first record after a cursor is skipped',
    'ingest/reader.ts',
    'if (cursor.offset < wanted) continue',
    'if (cursor.offset <= wanted && wanted > 0) continue',
    'test/ingest/reader.test.ts',
    'fetch may begin below',
  ],
  [
    'L5',
    'a bomb is one offset, whatever its header says',
    'model/fold.ts',
    'offsets.data += record.count ?? 1',
    'offsets.data += 1',
    'test/ingest/halts.slow.test.ts',
    'good record before it',
  ],
  [
    'L5',
    'what is passed over is not in the ledger',
    'store/skip.ts',
    'skipped: standing.offsets.skipped + count',
    'skipped: standing.offsets.skipped',
    'test/ingest/halts.slow.test.ts',
    'gzip that is none',
  ],
  [
    'L6',
    'rejects leave no letter',
    'model/fold.ts',
    '  delta.rejects.push({',
    '  void ({',
    'test/model/fold.test.ts',
    'L6',
  ],
  [
    'L6',
    'late events are not counted',
    'model/fold.ts',
    'standing.events.late++',
    '',
    'test/model/fold.test.ts',
    'L11',
  ],
  [
    'L7',
    'a rewind is not counted',
    'ingest/recover.ts',
    'const rewound = position.standing.next < known',
    'const rewound = false',
    'test/ingest/worker.test.ts',
    'L7',
  ],
  [
    'L7',
    'a rebuilt partition keeps what was left of it',
    'store/lua/sweep.lua',
    "gone = gone + redis.call('UNLINK', keys[k])",
    'gone = gone + 1',
    'test/ingest/worker.test.ts',
    'L7',
  ],
  [
    'L7',
    'another log is taken for this one',
    'ingest/recover.ts',
    '!== lastHash) throw',
    "=== 'another') throw",
    'test/ingest/worker.test.ts',
    'L7: another log',
  ],
  [
    'L7',
    'the end that an old fetch saw is believed',
    'ingest/partition.ts',
    'this.#end = { start: 0, end: 0, endAtMs: 0 } // what',
    '// what',
    'test/ingest/worker.test.ts',
    'L7: what a fetch saw',
  ],
  [
    'L7',
    'one word about the end of the log is enough',
    'ingest/partition.ts',
    'this.#o.endsBefore?.(next) ?? true',
    'true',
    'test/ingest/worker.test.ts',
    'L7: an end that one answer',
  ],
  [
    'L7',
    'a topic made anew is read on',
    'ingest/partition.ts',
    'if (fetched.isAnotherLog)',
    'if (false)',
    'test/ingest/worker.test.ts',
    'L7: a topic that was made anew',
  ],
  [
    'L7',
    'a trimmed log is read on',
    'ingest/partition.ts',
    'if (start > next) throw',
    'if (false) throw',
    'test/ingest/worker.test.ts',
    'L7',
  ],
  [
    'L7',
    'a restart is a new definition',
    'ingest/generations.ts',
    'if (inForce.def !== def && !mayCome)',
    'if (false)',
    'test/ingest/generations.test.ts',
    'waits through every restart',
  ],
  [
    'L8',
    'who is remembered follows the batches',
    'model/fold.ts',
    'dayOf(delta.standing.logClockMs) !== dayOf(delta.clockBeforeMs ?? -DAY_MS)) return true',
    'false) return true',
    'test/ingest/presence.test.ts',
    'L8',
  ],
  [
    'L10',
    'entities without end',
    'model/living.ts',
    'if (from === null && this.#total >= budget) return false',
    '',
    'test/ingest/presence.test.ts',
    'devices without end',
  ],
  [
    'L8',
    'sums in floating point',
    'model/integer.ts',
    'if (Number.isSafeInteger(sum)) return sum',
    'return sum',
    'test/model',
    'L8|integers',
  ],
  [
    'L8',
    'halves are rounded away from zero',
    'model/decimal.ts',
    '(twice === by && quotient % 2n === 1n)',
    'twice === by',
    'test/model/numbers.test.ts',
    'units',
  ],
  [
    'L8',
    'a minimum forgets what came before',
    'model/measures.ts',
    'had ? least(cell[at + 3]!, min) : min',
    'min',
    'test/model/fold.test.ts',
    'L8',
  ],
  [
    'L8',
    'the budget admits one name more',
    'model/names.ts',
    'this.#ids.size >= budget',
    'this.#ids.size > budget',
    'test/model/fold.test.ts',
    'budget',
  ],
  [
    'L9',
    'a quiet partition says nothing',
    'ingest/partition.ts',
    'if (this.#end.endAtMs > 0 && this.#calls.isIdle) return',
    'if (false) return',
    'test/ingest/worker.test.ts',
    'L9',
  ],
  [
    'L10',
    'the queue has no limit',
    'ingest/partition.ts',
    'this.#reader.waitingBytes > PAUSE_ABOVE_BYTES',
    'false',
    'test/ingest/worker.test.ts',
    'L10',
  ],
  [
    'L10',
    'streams grow without end',
    'store/apply.ts',
    "op.maxLength ?? ''",
    "op.maxLength === undefined ? '' : 1e9",
    'test/store/apply.test.ts',
    'L10',
  ],
  [
    'L11',
    'the clock runs inside a record',
    'model/fold.ts',
    '(Math.floor(event.timeMs / ms) + 1) * ms + keepMs > clockMs)',
    '(Math.floor(event.timeMs / ms) + 1) * ms + keepMs > (standing.logClockMs ?? -Infinity))',
    'test/model/fold.test.ts',
    'L11',
  ],
  [
    'L11',
    'the greatest of the keys moves the clock',
    'model/clock.ts',
    'raise(at, times[(times.length - 1) >> 1]!)',
    'raise(at, times.at(-1)!)',
    'test/model/clock.test.ts',
    'L11',
  ],
  [
    'L11',
    'one reading of a key alone moves the clock',
    'model/clock.ts',
    'const leastMs = Math.min(clock.alone.leastMs, timeMs)',
    'const leastMs = timeMs',
    'test/model/clock.test.ts',
    'L11',
  ],
  [
    'L11',
    'the memory of the clock is lost in a restart',
    'model/clock-text.ts',
    'run: run && { startMs',
    'run: null && { startMs',
    'test/model/clock.test.ts',
    'goes on from its text',
  ],
  [
    'L9',
    'one early reading dates the log',
    'model/clock.ts',
    '? LEAD_UP_MS : HOUR_MS',
    '? 0 : 0',
    'test/model/clock.test.ts',
    'L9',
  ],
  [
    'L11',
    'a window is kept a moment too long',
    'model/fold.ts',
    '+ 1) * ms + keepMs > clockMs)',
    '+ 1) * ms + keepMs >= clockMs)',
    'test/model/fold.test.ts',
    'L11',
  ],
  [
    'L11',
    'nothing is ever retired',
    'ingest/due-list.ts',
    'return clockMs < 0 || clockMs < this.#earliestMs ? []',
    'return clockMs < Infinity ? []',
    'test/ingest/worker.test.ts',
    'L11',
  ],
  [
    'L11',
    'what is kept is retired',
    'ingest/due-list.ts',
    'if (dueMs <= clockMs &&',
    'if (dueMs <= clockMs + 9e9 &&',
    'test/ingest/worker.test.ts',
    'L11',
  ],
]

const { values: flags } = parseArgs({ options: { short: { type: 'boolean' }, only: { type: 'string' } } })
const chosen = mutants.filter(
  (mutant, at) =>
    (flags.only === undefined || mutant.join(' ').includes(flags.only)) &&
    (!flags.short || mutants.slice(0, at).filter(([law]) => law === mutant[0]).length < 2),
)
const copy = mkdtempSync(join(tmpdir(), 'tidemark-mutants-'))
for (const file of execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n')) {
  mkdirSync(dirname(join(copy, file)), { recursive: true })
  cpSync(join(root, file), join(copy, file))
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))

const run = (file, name) =>
  spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      file,
      '-t',
      name,
      '--bail',
      '1',
      '--reporter',
      'dot',
    ],
    {
      cwd: copy,
      encoding: 'utf8',
      timeout: 120_000,
      env: {
        ...process.env,
        TIDEMARK_NEEDS_FILE: '',
        ...(file.includes('.slow.') && { TIDEMARK_SLOW: '1' }),
      },
    },
  )
let [caught, missed] = [0, 0]
for (const [law, what, file, text, becomes, test, name] of chosen) {
  const path = join(copy, file)
  const sound = readFileSync(path, 'utf8')
  if (sound.split(text).length !== 2) {
    console.log(`${law.padEnd(4)} STALE   ${what}: ${file} no longer holds the line, or holds it twice`)
    missed++
    continue
  }
  writeFileSync(
    path,
    sound.replace(text, () => becomes),
  )
  const { status, stdout } = run(test, name)
  writeFileSync(path, sound)
  const ran = /Tests\s.*\d+ (failed|passed)/.test(stdout)
  const noticed = status !== 0 && ran
  if (noticed) caught++
  else missed++
  console.log(`${law.padEnd(4)} ${noticed ? 'caught ' : 'MISSED '} ${what}  (${test} -t '${name}')`)
}
console.log(`${caught} passed, ${missed} failed, 0 skipped`)
process.exit(missed > 0 ? 1 : 0)
