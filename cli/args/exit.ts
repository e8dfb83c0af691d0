/** How a command ends. These numbers are documented and stable: scripts and the supervisor branch on them. */
// codes that users see: exit codes
export const exitCodes = { ok: 0, failed: 1, usage: 2, missing: 3, config: 78, interrupted: 130 } as const

/** Of commands that have no way to end of their own. */
export const EXIT_HELP = `
exit codes: 0 done, or told to stop; 1 failed; 2 wrong usage; 3 something needed is missing; 78 a setting that cannot work
`

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A fault that the user can do something about: its message is one whole sentence, shown without a stack. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  constructor(message: string, exitCode: ExitCode = exitCodes.failed) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
