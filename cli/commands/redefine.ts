/** Follows the definition file of a running worker: an edit that is right takes effect, one that is wrong is told and changes nothing. */
import { statSync, type Stats } from 'node:fs'
import type { Source } from '../../model/definition.ts'
import { definitionHash } from '../../store/calls/catalog.ts'
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

  // Nothing is held to be seen before the first look: an edit between the start of the worker and here counts as one.
  let seen = ''
  function look(): void {
    if (!isPlain(file)) return
    const files = [file, ...tableFiles(file)]
    const now = files.map((path) => `${path} ${versionOf(path)}`).join('\n')
    if (now === seen || !files.every(isPlain)) return
    seen = now
    work = work.then(change).catch((error: Error) => {
      if (error instanceof CommandError) log(`${error.message}\nthe definition stays as it was`, 'error')
      else failed(error)
    })
  }

  const timer = setInterval(look, LOOK_EVERY_MS)
  return () => {
    clearInterval(timer)
    return work
  }
}

const isPlain = (path: string): boolean => statOf(path)?.isFile() === true

/** Differs after a write, also after one within the resolution of the clock that changed the size or the file. */
function versionOf(path: string): string {
  const found = statOf(path)
  return found === undefined ? 'none' : `${found.mtimeMs} ${found.size} ${found.ino}`
}

/** What cannot be looked at is as good as absent: it may come back. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** All that a worker brings to the catalog: what is counted, and what is worked out of it. */
const meaningOf = (source: Source): string =>
  `${definitionHash(source)} ${JSON.stringify(source.derived ?? [])}`
