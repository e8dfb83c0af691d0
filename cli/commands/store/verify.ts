/** `tidemark store verify`: restores a backup into a server for a while, and says whether it is whole. */
import { verifyBackup } from '../../../store/backup/make.ts'
import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags } from '../../args/flags.ts'
import { BUCKET_HELP, readVerifyConfig, verifyFlags } from './backup-config.ts'
import { asCommandError, progressBar, scratchSpaces } from './backup-output.ts'
import { giveWay, LAST } from '../give-way.ts'

const help = `tidemark store verify: is this backup whole, and does it come out again?

usage: tidemark store verify [--from PLACE] [--backup NAME] [--key-file FILE]

${describeFlags(verifyFlags)}
${BUCKET_HELP}${EXIT_HELP}`

export async function run(argv: string[]): Promise<number> {
  const config = readVerifyConfig(argv)
  if (config === null) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  giveWay(LAST)
  const { place, key, binary } = config
  const bar = progressBar(process.stderr)
  try {
    const name = config.name ?? (await place.names()).at(-1)
    if (name === undefined)
      throw new CommandError(`there is no backup in ${place.shown}: name another place by --from`)
    const found = await verifyBackup({ place, key, scratch: scratchSpaces(binary), progress: bar.show }, name)
    bar.clear()
    process.stdout.write(
      `backup ${name} is whole: ${found.keys} keys in ${found.parts.length} files came out of it, and its ${found.positions.length} partitions stand where they stood\n`,
    )
    return exitCodes.ok
  } catch (error) {
    throw asCommandError(error)
  } finally {
    bar.clear()
  }
}
