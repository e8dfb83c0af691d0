import { appendFileSync, renameSync, statSync } from 'node:fs'

/** A log holds this much, its predecessor (.1) as much again: a process that talks for years fills no disk. */
const BYTES_MAX = 8 * 1024 * 1024
const TAIL_MAX = 4096
/** How every closing message of a command begins. */
const OPENING = '\ntidemark: '

/** The written words of one child: a bounded file, and its last lines in memory. */
export interface ChildLog {
  write(bytes: Buffer): void
  /** Why it ended, in its own words: our commands' closing message, whole; of anything else the last line. */
  lastWords(): string
  forget(): void
}

/** Appends to `file`. A disk that takes no more costs the log, never the process. */
export function openChildLog(file: string): ChildLog {
  let tail = ''
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return {
    write(bytes) {
      tail = (tail + bytes.toString()).slice(-TAIL_MAX)
      try {
        if (size > BYTES_MAX) {
          renameSync(file, `${file}.1`)
          size = 0
        }
        appendFileSync(file, bytes)
        size += bytes.length
      } catch {
        // A full or vanished disk: the child's own error handling tells the user.
      }
    },
    lastWords() {
      const closing = `\n${tail}`.lastIndexOf(OPENING)
      return closing >= 0
        ? tail.slice(closing + OPENING.length - 1).trim()
        : (tail.trim().split('\n').at(-1)?.trim() ?? '')
    },
    forget: () => (tail = ''),
  }
}
