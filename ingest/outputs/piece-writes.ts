/** What of a cell lies beside it, into the changes of a batch: only what changed. */
import { pieceField, SLOTS } from '../../model/chunk.ts'
import type { PiecesOut } from '../../model/measures/index.ts'
import type { ByteWriter } from '../../model/varint.ts'
import type { Changes } from './output.ts'

const MOST_FIELDS = 20_000

export class PieceWrites implements PiecesOut {
  readonly isAll = false
  /** Its place in the definition. */
  metric = 0
  #changes: Changes | null = null
  #suffix = ''
  #slot = 0
  readonly #fields: Map<number, string>[] = []

  /** The cell that is packed next, in the hash that was begun last. */
  of(changes: Changes, suffix: string, slot: number): void {
    this.#changes = changes
    this.#suffix = suffix
    this.#slot = slot
  }

  put(piece: number, { bytes, length }: ByteWriter): void {
    this.#changes!.pair(this.#field(piece), bytes, 0, length)
  }

  remove(piece: number): void {
    this.#changes!.withoutFields(this.#suffix)
    this.#changes!.gone(this.#field(piece))
  }

  /** The same few come in each batch: made once. */
  #field(piece: number): string {
    const fields = (this.#fields[this.metric] ??= new Map())
    const key = piece * SLOTS + this.#slot
    let field = fields.get(key)
    if (field === undefined) {
      if (fields.size >= MOST_FIELDS) fields.clear()
      fields.set(key, (field = pieceField(this.#slot, `${this.metric}.${piece}`)))
    }
    return field
  }
}
