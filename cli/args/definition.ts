/** Which definition file a command uses, and reading it. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { TABLE_BYTES_MAX } from '../../model/joins/table.ts'
import type { Source } from '../../model/definition.ts'
import {
  DEFINITION_BYTES_MAX,
  DefinitionError,
  readDefinition,
  readDefinitionText,
} from '../../model/definition/file.ts'
import { demo, shipped } from '../../model/shipped.ts'
import { CommandError, exitCodes } from './exit.ts'

/** Looked for in the working directory where no file is named. */
const OWN_NAMES = ['tidemark.yaml', 'tidemark.yml', 'tidemark.json'] as const

/** Named in place of a file: the shipped sources, whatever lies in the working directory. */
export const SHIPPED = 'shipped'
/** The shipped sources with visits, a funnel, journeys and retention: what the demo counts. */
export const DEMO = 'demo'

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
  if (file === DEMO) return readDefinition(demo)
  try {
    return readDefinitionText(readBytes(file, pipePatienceMs), (name) => readTableFile(file, name))
  } catch (error) {
    if (error instanceof DefinitionError)
      throw new CommandError(`${file}: ${error.message}`, exitCodes.config)
    throw error
  }
}

const besideOf = (definition: string, name: string): string =>
  isAbsolute(name) ? name : join(dirname(definition), name)

/** A table that the definition names, which lies beside it. Answers why it cannot be read, where that is so. */
function readTableFile(definition: string, name: string): Uint8Array | string {
  const path = besideOf(definition, name)
  try {
    const found = statSync(path)
    if (!found.isFile()) return 'this is no file'
    if (found.size > TABLE_BYTES_MAX) return `it is larger than ${TABLE_BYTES_MAX} bytes`
    return readFileSync(path)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return WHY[code] ?? message
  }
}

/** The files of the tables that a definition names. */
export function tableFiles(file: string): string[] {
  const names = new Set<string>()
  try {
    readDefinitionText(readBytes(file, 0), (name) => {
      names.add(besideOf(file, name))
      return new Uint8Array()
    })
  } catch (error) {
    // Empty tables are faults, and those of the file itself are said by whoever reads it.
    if (!(error instanceof DefinitionError || error instanceof CommandError)) throw error
  }
  return [...names]
}

/** When the file, or a table of it, was written last, whole ms; 0 where there is none. It orders definitions (docs/decisions/order-of-definitions.md). */
export function definitionFileMs(file: string | undefined): number {
  if (file === undefined || file === DEMO) return 0
  const timeOf = (path: string): number => Math.floor(statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  const isPlain = statSync(file, { throwIfNoEntry: false })?.isFile() === true
  return Math.max(timeOf(file), ...(isPlain ? tableFiles(file).map(timeOf) : []))
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
