/** `tidemark store backups`: which there are. Needs no key, and proves nothing: that is verify. */
import { BackupError } from '../../../store/backup/fault.ts'
import { manifestOf } from '../../../store/backup/make.ts'
import { EXIT_HELP, exitCodes } from '../../args/exit.ts'
import { describeFlags } from '../../args/flags.ts'
import { backupsFlags, BUCKET_HELP, readBackupsConfig } from './backup-config.ts'
import { asCommandError, listText } from './backup-output.ts'

const help = `tidemark store backups: the backups that are kept, oldest first

usage: tidemark store backups [--from PLACE] [--json]

${describeFlags(backupsFlags)}
${BUCKET_HELP}${EXIT_HELP}`

export async function run(argv: string[]): Promise<number> {
  const config = readBackupsConfig(argv)
  if (config === null) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const { place, isJson } = config
  try {
    const names = await place.names()
    const manifests = await Promise.all(
      names.map((name) =>
        manifestOf(place, name, null).catch((error: unknown) => {
          if (error instanceof BackupError) return error
          throw error
        }),
      ),
    )
    if (isJson)
      process.stdout.write(
        `${JSON.stringify(
          manifests.map((one) => (one instanceof BackupError ? { fault: one.message } : one)),
          null,
          2,
        )}\n`,
      )
    else
      process.stdout.write(
        names.length === 0 ? `there is no backup in ${place.shown}\n` : listText(manifests),
      )
    return exitCodes.ok
  } catch (error) {
    throw asCommandError(error)
  }
}
