/** What is sent of one query: encoded once for all who look at it. */
import type { LiveAnswer } from '../wire.ts'
import { writeCursor, type Counted } from './cursor.ts'

/** Longer ones are written piece by piece, so that there is one copy of them; shorter ones in one go, which costs least. */
const ONE_WRITE_BYTES = 8192
/** Readers differ by the place of the query and how far they are: mostly in few ways. */
const HEADS = 8

export class Frame {
  readonly event: 'reset' | 'patch' | 'error' | 'progress' | 'behind'
  /** Without the place of the query, which differs from reader to reader: `{"q":` + q + rest. */
  readonly rest: Buffer
  /** Counts all frames of this process. */
  readonly number: number
  /** What the answer counted; null where there is none. */
  readonly counted: Counted | null
  readonly #whole = new Map<string, Buffer>()
  /** Of the reader before: of a thousand readers nearly all are written the same, and none of them builds it anew. */
  #sameId = { instance: '', told: '', id: '' }
  #samePieces: { readonly q: number; readonly id: string; readonly pieces: readonly Buffer[] } | null = null

  constructor(event: Frame['event'], rest: Buffer, number: number, counted: Counted | null = null) {
    this.event = event
    this.rest = rest
    this.number = number
    this.counted = counted
  }

  /** How far a reader is who has seen nothing but this source, and nothing later. */
  idOf(instance: string, told: string): string {
    const same = this.#sameId
    if (same.told !== told || same.instance !== instance) {
      const counted = this.counted === null ? [] : [this.counted]
      this.#sameId = { instance, told, id: writeCursor({ instance, frame: this.number, told, counted }) }
    }
    return this.#sameId.id
  }

  /** What is written, in order. `id` may be empty. */
  pieces(q: number, id: string): readonly Buffer[] {
    const same = this.#samePieces
    if (same !== null && same.q === q && same.id === id) return same.pieces
    const pieces = this.#piecesOf(q, id)
    this.#samePieces = { q, id, pieces }
    return pieces
  }

  #piecesOf(q: number, id: string): readonly Buffer[] {
    const head = `${id === '' ? '' : `id: ${id}\n`}event: ${this.event}\ndata: {"q":${q}`
    if (this.rest.length > ONE_WRITE_BYTES) return [Buffer.from(head), this.rest, END]
    let whole = this.#whole.get(head)
    if (whole === undefined) {
      whole = Buffer.concat([Buffer.from(head), this.rest, END])
      if (this.#whole.size < HEADS) this.#whole.set(head, whole)
    }
    return [whole]
  }

  /** Its readers have it; what is kept for those who come back need not be ready to be sent. */
  settle(): void {
    this.#whole.clear()
    this.#samePieces = null
  }
}

const END = Buffer.from('\n\n')

export function countedOf({ meta }: LiveAnswer): Counted {
  const { source, generation, vector } = meta as LiveAnswer['meta'] & { source: string }
  let records = 0
  for (const next of Object.values(vector)) records += next
  return { source, generation, records }
}
