/** `tidemark store import`: the keys of another store, with what they have left to live, into ours; then a look whether all of them are there. */
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { compare } from '../../../store/import/compare.ts'
import { ImportError } from '../../../store/import/import-error.ts'
import { checkDumps, Passes } from '../../../store/import/passes.ts'
import { openSource, type Source } from '../../../store/import/source.ts'
import { show, Target } from '../../../store/import/target.ts'
import { openTracker, type Tracker } from '../../../store/import/tracker.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { showStore } from '../../args/store-access.ts'
import { noteAct } from './note-act.ts'
import { createProgress, type Progress } from '../progress.ts'
import { importHelp, readImportConfig, type ImportConfig } from './import-config.ts'

const NAMES_SHOWN = 5

export async function run(argv: string[]): Promise<number> {
  const config = readImportConfig(argv)
  if (config === 'help') {
    process.stdout.write(importHelp)
    return exitCodes.ok
  }
  const bar = createProgress(process.stderr)
  let source: Source | null = null
  let tracker: Tracker | null = null
  const store = await openStore({ ...config.store })
  try {
    await store.check()
    source = await openSource(config.from.url, config.from.access)
    refuseItself(source, store)
    const target = new Target({ store, isCluster: config.isCluster, prefix: config.prefix })
    for (const { db, keys } of source.others)
      say(`database ${db} of ${source.shown} holds ${keys} keys too; an import of its own takes them`)
    if (config.dryRun) return await look(source, target, bar)
    tracker = await openTracker(config.from.url, config.from.access)
    return await importAll(config, source, target, tracker, store, bar)
  } catch (error) {
    throw error instanceof ImportError || error instanceof StoreError
      ? new CommandError(error.message)
      : error
  } finally {
    bar.clear()
    tracker?.close()
    source?.close()
    await store.close()
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function refuseItself(source: Source, store: Store): void {
  if (store.nodes().some(({ runId }) => source.runIds.has(runId)))
    throw new ImportError(`${source.shown} is the store itself.`)
}

async function importAll(
  config: ImportConfig,
  source: Source,
  target: Target,
  tracker: Tracker | null,
  store: Store,
  bar: Progress,
): Promise<number> {
  let pass = 0
  const passes = new Passes({
    source,
    target,
    tracker,
    replace: config.replace,
    progress: (seen, total) => bar.show(seen, total, `pass ${pass}: ${seen} of ${total} keys`),
  })
  for (let isOver = false; !isOver; ) {
    pass++
    const { seen, copied, removed, leftOut } = await passes.next()
    bar.clear()
    const aside = leftOut > 0 ? `; ${leftOut} left out, they would be keys of Tidemark (tm:)` : ''
    say(`pass ${pass}: ${seen} keys, ${copied} copied, ${removed} removed${pass === 1 ? aside : ''}`)
    isOver = pass > 1 && copied + removed === 0
    if (!isOver && pass >= config.passes)
      throw new ImportError(
        `after ${pass} passes keys still change in ${source.shown}: stop its writers and import again with --replace.`,
      )
  }
  const found = await compare(source, target, passes.keys, config.sample)
  const faults = [
    ['missing', found.missing],
    ['different', found.different],
  ] as const
  for (const [word, keys] of faults)
    if (keys.length > 0)
      say(
        `${word}: ${keys.slice(0, NAMES_SHOWN).map(show).join(', ')}${keys.length > NAMES_SHOWN ? ' ...' : ''}`,
      )
  const text = `${source.shown} (${source.engine}) is in ${showStore(config.store.url)}: ${found.keys} keys, ${found.missing.length} missing; ${found.compared} compared, ${found.different.length} different`
  say(text)
  await noteAct(store, `imported: ${text}`)
  return found.missing.length + found.different.length === 0 ? exitCodes.ok : exitCodes.failed
}

/** Writes nothing. */
async function look(source: Source, target: Target, bar: Progress): Promise<number> {
  const total = await source.count()
  let [keys, leftOut, inTheWay, seen] = [0, 0, 0, 0]
  let isFit = false
  for await (const some of source.keys()) {
    const wanted = some.filter((key) => target.nameOf(key) !== null)
    keys += wanted.length
    leftOut += some.length - wanted.length
    inTheWay += (await target.exist(wanted)).filter(Boolean).length
    const [first] = isFit ? [] : await source.read(wanted.slice(0, 1))
    if (first !== undefined) {
      await checkDumps({ source, target }, first.key, first.dump)
      isFit = true
    }
    bar.show((seen += some.length), Math.max(total, seen), `${seen} of ${total} keys`)
  }
  bar.clear()
  say(
    `${source.shown} (${source.engine}): ${keys} keys to copy, ${leftOut} left out (tm:), ${inTheWay} in the store already; nothing was written`,
  )
  return exitCodes.ok
}
