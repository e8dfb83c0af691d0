/** Which definition file a command uses, and reading it. */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Source } from '../../model/definition.ts'
import {
  DEFINITION_BYTES_MAX,
  DefinitionError,
  readDefinition,
  readDefinitionText,
} from '../../model/definition-file.ts'
import { shipped } from '../../model/shipped.ts'
import { CommandError, exitCodes } from './exit.ts'

/** Looked for in the working directory where no file is named. */
const OWN_NAMES = ['tidemark.yaml', 'tidemark.yml', 'tidemark.json'] as const

/** Named in place of a file: the shipped sources, whatever lies in the working directory. */
export const SHIPPED = 'shipped'

/** The file that was named, else the one that lies in `directory`; undefined = the shipped sources. Throws CommandError where two lie there. */
export function findDefinition(named: string | undefined, directory = '.'): string | undefined {
  if (named !== undefined) return named === SHIPPED ? undefined : named
  const found = OWN_NAMES.filter((name) => existsSync(join(directory, name)))
  if (found.length > 1)
    throw new CommandError(
      `${found.join(' and ')} are both here; keep one, or name one with --definition`,
      exitCodes.config,
    )
  return found[0] === undefined ? undefined : relative('.', join(directory, found[0]))
}

/** A pipe is waited for this long, and no longer: whoever was to write may never come. */
const PIPE_PATIENCE_MS = 4000
const PIPE_PAUSE_MS = 20

/** The sources of a definition file, or the shipped ones. Throws CommandError with every fault and its line. */
export function readSources(file: string | undefined, pipePatienceMs = PIPE_PATIENCE_MS): Source[] {
  if (file === undefined) return readDefinition(shipped)
  try {
    return readDefinitionText(readBytes(file, pipePatienceMs))
  } catch (error) {
    if (error instanceof DefinitionError)
      throw new CommandError(`${file}: ${error.message}`, exitCodes.config)
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
function readBytes(file: string, patienceMs: number): Buffer {
  const bytes = Buffer.alloc(DEFINITION_BYTES_MAX + 1)
  let length = 0
  const deadlineMs = performance.now() + patienceMs
  try {
    // Without waiting: opening a pipe that nobody writes to would never return.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const mayCome = fstatSync(descriptor).isFIFO()
      while (length < bytes.length) {
        const got = readNow(descriptor, bytes, length)
        if (got === 0 && (length > 0 || !mayCome)) break
        if (got > 0) length += got
        else if (performance.now() > deadlineMs)
          throw new CommandError(
            `${file}: nothing ${length > 0 ? 'more ' : ''}was written to it within ${patienceMs / 1000} s; write the definition to it, or name a file`,
            exitCodes.config,
          )
        else Atomics.wait(PAUSE, 0, 0, PIPE_PAUSE_MS)
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new CommandError(`${file}: ${WHY[code] ?? message}`, exitCodes.config)
  }
  return bytes.subarray(0, length)
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4))

/** Bytes that are there; 0 = the end, or no writer yet; -1 = a writer that has not written. */
function readNow(descriptor: number, bytes: Buffer, at: number): number {
  try {
    return readSync(descriptor, bytes, at, bytes.length - at, null)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return -1
    throw error
  }
}
