/** `tidemark store restore`: a backup into a store that is empty, or in place of what it holds where that is agreed to. */
import { restoreBackup } from '../../../store/backup/restore.ts'
import { openStore } from '../../../store/connection/connection.ts'
import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags } from '../../args/flags.ts'
import { ACCESS_HELP } from '../../args/kafka-access.ts'
import { showStore, STORE_HELP } from '../../args/store-access.ts'
import { BUCKET_HELP, readRestoreConfig, restoreFlags } from './backup-config.ts'
import { asCommandError, progressBar } from './backup-output.ts'
import { noteAct } from './note-act.ts'
import { restoreAsOf } from './restore-as-of.ts'

const help = `tidemark store restore: puts a backup into a store

usage: tidemark store restore [--from PLACE] [--backup NAME] --store URL [--yes NAME]
       tidemark store restore --to TIME [--from PLACE] [--kafka HOST:PORT] --store URL [--yes NAME] [--move-on]

${describeFlags(restoreFlags)}
Without --to the workers go on from where the backup stood, and replay the log from there. With --to the store is a copy as of that time: a serve answers from it,
and no worker counts on in it. docs/backup.md
${BUCKET_HELP}${ACCESS_HELP}${STORE_HELP}${EXIT_HELP}`

export async function run(argv: string[]): Promise<number> {
  const config = readRestoreConfig(argv)
  if (config === null) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const { place, key, agreed, toMs } = config
  const store = await openStore({ ...config.store })
  const bar = progressBar(process.stderr)
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  try {
    await store.check()
    if (toMs !== undefined) {
      const said = await restoreAsOf({ ...config, toMs, store, progress: bar.show, log })
      bar.clear()
      await noteAct(store, said.trim())
      process.stdout.write(said)
      return exitCodes.ok
    }
    const name = config.name ?? (await place.names()).at(-1)
    if (name === undefined)
      throw new CommandError(`there is no backup in ${place.shown}: name another place by --from`)
    const found = await restoreBackup({ store, place, key, name, agreed, progress: bar.show })
    bar.clear()
    await noteAct(store, `backup ${name} was restored`)
    process.stdout.write(
      `backup ${name} is in ${showStore(config.store.url)}: ${found.keys} keys, ${found.positions.length} partitions as of ${new Date(found.takenAtMs).toISOString()}; start ingest, and it replays the log from there\n`,
    )
    return exitCodes.ok
  } catch (error) {
    throw asCommandError(error)
  } finally {
    bar.clear()
    await store.close()
  }
}
