import { appendFileSync, renameSync, statSync } from 'node:fs'

/** A log holds this much, its predecessor (.1) as much again: a process that talks for years fills no disk. */
const bytesMax = 8 * 1024 * 1024
const tailMax = 4096

/** The written words of one child: a bounded file, and its last lines in memory. */
export interface ChildLog {
  write(bytes: Buffer): void
  /** The last non-empty line, for a sentence about why it ended. */
  lastLine(): string
  forget(): void
}

/** Appends to `file`. A disk that takes no more costs the log, never the process. */
export function openChildLog(file: string): ChildLog {
  let tail = ''
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return {
    write(bytes) {
      tail = (tail + bytes.toString()).slice(-tailMax)
      try {
        if (size > bytesMax) {
          renameSync(file, `${file}.1`)
          size = 0
        }
        appendFileSync(file, bytes)
        size += bytes.length
      } catch {
        // A full or vanished disk: the child's own error handling tells the user.
      }
    },
    lastLine: () => tail.split('\n').map((line) => line.trim()).filter((line) => line !== '').at(-1) ?? '',
    forget: () => (tail = ''),
  }
}
