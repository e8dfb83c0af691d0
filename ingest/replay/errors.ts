/** A fault in what is to be replayed: the message names the file and the line, and what to do. Never worth trying again. */
export class ReplayError extends Error {
  /** Absent where the fault is in the mapping, not in a file. */
  readonly file: string | undefined
  readonly line: number | undefined
  constructor(message: string, file?: string, line?: number) {
    super(file === undefined ? message : `${file}${line === undefined ? '' : `:${line}`}: ${message}`)
    this.name = 'ReplayError'
    this.file = file
    this.line = line
  }
}
