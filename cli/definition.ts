/** Which definition file a command uses, and reading it. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Source } from '../model/definition.ts'
import { DEFINITION_BYTES_MAX, DefinitionError, readDefinition, readDefinitionText } from '../model/definition-file.ts'
import { shipped } from '../model/shipped.ts'
import { CommandError, exitCodes } from './exit.ts'

/** Looked for in the working directory where no file is named. */
const OWN_NAMES = ['tidemark.yaml', 'tidemark.yml', 'tidemark.json'] as const

/** Named in place of a file: the shipped sources, whatever lies in the working directory. */
export const SHIPPED = 'shipped'

/** The file that was named, else the one that lies in `directory`; undefined = the shipped sources. Throws CommandError where two lie there. */
export function findDefinition(named: string | undefined, directory = '.'): string | undefined {
  if (named !== undefined) return named === SHIPPED ? undefined : named
  const found = OWN_NAMES.filter((name) => existsSync(join(directory, name)))
  if (found.length > 1) throw new CommandError(`${found.join(' and ')} are both here; keep one, or name one with --definition`, exitCodes.config)
  return found[0] === undefined ? undefined : relative('.', join(directory, found[0]))
}

/** The sources of a definition file, or the shipped ones. Throws CommandError with every fault and its line. */
export function readSources(file: string | undefined): Source[] {
  if (file === undefined) return readDefinition(shipped)
  try {
    return readDefinitionText(readBytes(file))
  } catch (error) {
    if (error instanceof DefinitionError) throw new CommandError(`${file}: ${error.message}`, exitCodes.config)
    throw error
  }
}

/** When the file was written, whole ms; 0 where there is none. It orders definitions (docs/decisions/order-of-definitions.md). */
export function definitionFileMs(file: string | undefined): number {
  return file === undefined ? 0 : Math.floor(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
}

const WHY: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'this is a folder; name the file in it',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long for a file',
}

/** Not more than is allowed and one byte, whatever the name stands for: a pipe or a device has no size to ask for. */
function readBytes(file: string): Buffer {
  const bytes = Buffer.alloc(DEFINITION_BYTES_MAX + 1)
  let length = 0
  try {
    const descriptor = openSync(file, 'r')
    try {
      for (let got = -1; got !== 0 && length < bytes.length; length += got) got = readSync(descriptor, bytes, length, bytes.length - length, null)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new CommandError(`${file}: ${WHY[code] ?? message}`, exitCodes.config)
  }
  return bytes.subarray(0, length)
}
