/** Follows the definition file of a running worker: an edit that is right takes effect, one that is wrong is told and changes nothing. */
import { unwatchFile, watchFile, type Stats } from 'node:fs'
import type { Source } from '../../model/definition.ts'
import { definitionHash } from '../../store/catalog.ts'
import type { RunningSource } from '../../ingest/source.ts'
import { CommandError } from '../args/exit.ts'
import { readSources, tableFiles } from '../args/definition.ts'
import type { Log } from '../telemetry/log.ts'

const LOOK_EVERY_MS = 1000

export interface Redefine {
  readonly file: string
  readonly sources: readonly Source[]
  readonly running: Map<string, RunningSource>
  readonly start: (source: Source) => Promise<RunningSource>
  readonly log: Log
  /** A source would not start again: the process must end. */
  readonly failed: (error: Error) => void
}

/** Looks at the file once a second. Answers how to stop looking; resolves when a change under way is done. */
export function followDefinition({
  file,
  sources,
  running,
  start,
  log,
  failed,
}: Redefine): () => Promise<void> {
  let known = new Map(sources.map((source) => [source.name, meaningOf(source)]))
  let work = Promise.resolve()

  async function change(): Promise<void> {
    const wanted = readSources(file)
    const defs = new Map(wanted.map((source) => [source.name, meaningOf(source)]))
    for (const [name, def] of known) {
      if (defs.get(name) === def) continue
      await running.get(name)?.stop()
      running.delete(name)
      if (!defs.has(name)) log(`${name}: no longer in ${file}; it is counted no more, its numbers stand`)
    }
    for (const source of wanted) {
      if (running.has(source.name)) continue
      log(`${source.name}: its definition in ${file} ${known.has(source.name) ? 'changed' : 'is new'}`)
      running.set(source.name, await start(source))
    }
    known = defs
  }

  /** The file and its tables, as of the last look: a new text may name others. */
  const followed = new Set<string>()
  function follow(): void {
    const now = new Set([file, ...tableFiles(file)])
    for (const path of followed) {
      if (now.has(path)) continue
      unwatchFile(path, look)
      followed.delete(path)
    }
    for (const path of now) {
      if (followed.has(path)) continue
      watchFile(path, { interval: LOOK_EVERY_MS }, look)
      followed.add(path)
    }
  }

  function look(now: Stats, before: Stats): void {
    if (now.mtimeMs === before.mtimeMs || now.nlink === 0) return
    follow()
    work = work.then(change).catch((error: Error) => {
      if (error instanceof CommandError) log(`${error.message}\nthe definition stays as it was`, 'error')
      else failed(error)
    })
  }

  follow()
  return () => {
    for (const path of followed) unwatchFile(path, look)
    return work
  }
}

/** All that a worker brings to the catalog: what is counted, and what is worked out of it. */
const meaningOf = (source: Source): string =>
  `${definitionHash(source)} ${JSON.stringify(source.derived ?? [])}`
