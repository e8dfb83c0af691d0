/** Why a backup cannot be made, read or put back: one whole sentence, without its full stop. */
export type BackupFault =
  | 'NONE'
  | 'WRONG_KEY'
  | 'MANIFEST_CHANGED'
  | 'PART_MISSING'
  | 'PART_CUT'
  | 'PART_CHANGED'
  | 'NOT_RESTORED'
  | 'NOT_COPIED'
  /** The node does not let itself be copied as its replicas do. */
  | 'NO_SYNC'
  | 'NOT_AGREED'
  | 'PLACE'

export class BackupError extends Error {
  readonly code: BackupFault
  constructor(code: BackupFault, sentence: string) {
    super(sentence)
    this.name = 'BackupError'
    this.code = code
  }
}
