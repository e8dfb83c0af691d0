/** A file that a flag names: a certificate, a password. */
import { readFileSync } from 'node:fs'
import { CommandError, exitCodes } from './exit.ts'

/** Throws CommandError (configuration), which names flag and file. */
export function readFlagFile(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw wrongConfiguration(
      `--${flag} ${file}: it cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    )
  }
}

/** `fault`: a sentence without its full stop. */
export const wrongConfiguration = (fault: string): CommandError =>
  new CommandError(`${fault}.`, exitCodes.config)
