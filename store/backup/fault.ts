/** Why a backup cannot be made, read or put back: one whole sentence, without its full stop. */
export type BackupFault =
  | 'NONE'
  | 'WRONG_KEY'
  | 'MANIFEST_CHANGED'
  | 'PART_MISSING'
  | 'PART_CUT'
  | 'PART_CHANGED'
  | 'STRANGER'
  | 'NOT_RESTORED'
  | 'NOT_COPIED'
  /** The node does not let itself be copied as its replicas do. */
  | 'NO_SYNC'
  | 'NOT_AGREED'
  | 'STOPPED'
  /** A folder or a bucket. */
  | 'PLACE'

export class BackupError extends Error {
  readonly code: BackupFault
  constructor(code: BackupFault, sentence: string) {
    super(sentence)
    this.name = 'BackupError'
    this.code = code
  }
}

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG']
const FORBIDDEN = ['EACCES', 'EPERM', 'EROFS']

/** What the machine's own disk does not take; null where `error` is of something else. */
export function diskFault(error: unknown, folder: string): BackupError | null {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return null
  return new BackupError(
    'PLACE',
    FULL.includes(code)
      ? `there is no room left in ${folder} (${code}): make room there, or name another folder`
      : FORBIDDEN.includes(code)
        ? `the folder ${folder} may not be written to (${code}): let this user write there, or name another folder`
        : `the folder ${folder} cannot be used (${code}): name another one`,
  )
}
