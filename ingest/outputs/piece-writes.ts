/** What of a cell lies beside it, into the changes of a batch: only what changed. */
import { pieceField } from '../../model/chunk.ts'
import type { PiecesOut } from '../../model/measures/index.ts'
import type { ByteWriter } from '../../model/numbers/varint.ts'
import type { Changes } from './output.ts'

export class PieceWrites implements PiecesOut {
  readonly isAll = false
  /** Its place in the definition. */
  metric = 0
  #changes: Changes | null = null
  #suffix = ''
  #slot = 0

  /** The cell that is packed next, in the hash that was begun last. */
  of(changes: Changes, suffix: string, slot: number): void {
    this.#changes = changes
    this.#suffix = suffix
    this.#slot = slot
  }

  put(piece: number, { bytes, length }: ByteWriter): void {
    this.#changes!.piece(this.#slot, this.metric, piece, bytes, 0, length)
  }

  remove(piece: number): void {
    this.#changes!.withoutFields(this.#suffix)
    this.#changes!.gone(pieceField(this.#slot, `${this.metric}.${piece}`))
  }
}
