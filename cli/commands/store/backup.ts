/** `tidemark store backup`: one backup now. */
import { makeBackup } from '../../../store/backup/make.ts'
import type { BackupOptions } from '../../../store/backup/options.ts'
import { outdated } from '../../../store/backup/retention.ts'
import type { Manifest } from '../../../store/backup/manifest.ts'
import { openStore } from '../../../store/connection/connection.ts'
import { EXIT_HELP, exitCodes } from '../../args/exit.ts'
import { describeFlags } from '../../args/flags.ts'
import { readAddress, STORE_HELP } from '../../args/store-access.ts'
import { readVersion } from '../../args/version.ts'
import { backupFlags, BUCKET_HELP, readBackupConfig, type BackupConfig } from './backup-config.ts'
import { giveWay, LAST } from '../give-way.ts'
import { noteAct } from './note-act.ts'
import { untilStopped } from '../until-stopped.ts'
import { asCommandError, madeText, progressBar, scratchSpaces } from './backup-output.ts'

const help = `tidemark store backup: everything the store holds, encrypted, restored once to see that it can be

usage: tidemark store backup [--to PLACE] [--key-file FILE] [--keep RULE]

${describeFlags(backupFlags)}
The store goes on. Its user needs +sync and +replconf; each node is copied at one moment, from a replica where it has one. A managed store, which gives no copy of
itself, is read key by key, each partition still as of one moment. docs/backup.md
${BUCKET_HELP}${STORE_HELP}${EXIT_HELP}`

export async function run(argv: string[]): Promise<number> {
  const config = readBackupConfig(argv)
  if (config === null) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  if (config.newKeyFile !== null)
    process.stderr.write(
      `a new key is in ${config.newKeyFile}: keep a copy of it elsewhere; without it no backup can be read\n`,
    )
  giveWay(LAST)
  const store = await openStore({ ...config.store })
  const stopping = new AbortController()
  void untilStopped().then(() => stopping.abort())
  const bar = progressBar(process.stderr)
  try {
    const options = {
      ...(await backupOptions(config)),
      store,
      stop: stopping.signal,
      progress: bar.show,
      log: (line: string) => process.stderr.write(`${line}\n`),
    }
    const made = await makeBackup(options)
    bar.clear()
    process.stdout.write(madeText(made, config.place.shown))
    await noteAct(store, madeText(made, config.place.shown).trim())
    for (const name of await dropOutdated(config, Date.now())) {
      process.stdout.write(`deleted ${name}\n`)
      await noteAct(store, `deleted backup ${name}, by the rule of what is kept`)
    }
    return exitCodes.ok
  } catch (error) {
    throw asCommandError(error)
  } finally {
    bar.clear()
    await store.close()
  }
}

/** All but the store itself. */
export async function backupOptions({
  store: { url, access = {} },
  place,
  key,
  binary,
}: BackupConfig): Promise<Omit<BackupOptions, 'store'>> {
  return {
    address: readAddress(url),
    access,
    place,
    key,
    version: await readVersion(),
    scratch: scratchSpaces(binary),
  }
}

/** A backup that began so long ago and is not there was killed. */
const REMNANT_MS = 86_400_000

/** By the rule, where there is one. Answers what went. */
export async function dropOutdated(
  { place, keep }: Pick<BackupConfig, 'place' | 'keep'>,
  nowMs: number,
): Promise<Manifest['name'][]> {
  await place.removeRemnants(nowMs - REMNANT_MS)
  if (keep === null) return []
  const going = outdated(await place.names(), keep, nowMs)
  for (const name of going) await place.remove(name)
  return going
}
