/** What continues the facts of one kind: read once when a worker begins, written as it changes; and the sample of the entities that had some. */
import { EntitySample } from '../../model/entity-sample.ts'
import type { Remembered } from '../../model/remembered.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import { damaged } from '../../store/errors.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { entitiesSuffix, factsSuffix, placeOfSample, sampleField } from '../../store/layout/facts.ts'
import type { Changes } from './output.ts'

const ENTITIES_A_SCAN = 2000

export class FactStates<Held> {
  readonly sample = new EntitySample()
  readonly #fact: string
  readonly #keys: PartitionKeys
  readonly #remembered: Remembered<Held>
  readonly #pack: (held: Held, out: ByteWriter) => void
  readonly #unpack: (from: ByteReader) => Held
  readonly #writer = new ByteWriter()
  #isLoaded = false

  /** `unpack` throws RangeError on bytes that are not ours. */
  constructor(
    fact: string,
    keys: PartitionKeys,
    remembered: Remembered<Held>,
    pack: (held: Held, out: ByteWriter) => void,
    unpack: (from: ByteReader) => Held,
  ) {
    this.#fact = fact
    this.#keys = keys
    this.#remembered = remembered
    this.#pack = pack
    this.#unpack = unpack
  }

  get pairs(): number {
    return this.#remembered.changed + this.sample.changed
  }

  async load(store: Store): Promise<void> {
    if (this.#isLoaded) return
    const key = this.#keys.of(factsSuffix(this.#fact))
    // A scan may say an entity twice.
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const scan: Command = ['HSCAN', key, cursor, 'COUNT', ENTITIES_A_SCAN]
      const [[next, flat]] = (await store.pipeline([scan])) as [[Buffer, Buffer[]]]
      cursor = next.toString()
      for (let at = 0; at < flat.length; at += 2) {
        const entity = flat[at]!.toString()
        if (seen.has(entity)) continue
        seen.add(entity)
        this.#remembered.load(entity, this.#heldIn(key, entity, flat[at + 1]!))
      }
    } while (cursor !== '0')
    const sampled = this.#keys.of(entitiesSuffix(this.#fact))
    const [flat] = (await store.pipeline([['HGETALL', sampled]])) as [Buffer[]]
    for (let at = 0; at < flat.length; at += 2) {
      const [place, hash] = [placeOfSample(flat[at]!.toString()), Number(flat[at + 1]!.toString())]
      if (place === null || !Number.isSafeInteger(hash) || hash < 1)
        throw damaged(sampled, flat[at]!.toString(), 'is no part of a sample of entities')
      this.sample.load(place, hash)
    }
    this.#isLoaded = true
  }

  /** Ends the batch. */
  write(changes: Changes): void {
    const sampled = this.sample.keep()
    if (sampled.length > 0) changes.hash(entitiesSuffix(this.#fact))
    for (const [place, hash] of sampled) changes.textPair(sampleField(place), hash)
    const changed = this.#remembered.keep()
    const gone = changed.filter(([, held]) => held === undefined)
    if (gone.length > 0) changes.withoutFields(factsSuffix(this.#fact))
    for (const [entity] of gone) changes.gone(entity)
    if (gone.length < changed.length) changes.fields(factsSuffix(this.#fact))
    for (const [entity, held] of changed) {
      if (held === undefined) continue
      this.#pack(held, this.#writer)
      changes.field(entity, this.#writer.take())
    }
  }

  #heldIn(key: string, entity: string, bytes: Buffer): Held {
    try {
      return this.#unpack(new ByteReader(bytes))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw damaged(key, entity, `holds nothing that continues ${this.#fact}`)
    }
  }
}
