/** From the bytes of a hash to what is computed with: names hold ids, chunks hold cells. Whatever is not ours is named, not guessed at. */
import { slotAndPiece } from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import { factsOf } from '../../model/facts.ts'
import { cellLayout, rowLayout, type RowLayout } from '../../model/measures/index.ts'
import type { Cell } from '../../model/measures.ts'
import { valuesOf } from '../../model/dictionary.ts'
import { holdCell } from '../../model/pack.ts'

/** Throws RangeError. What lies beside a cell stays as it is, a character a byte. */
export function decoderFor(
  source: Source,
): (suffix: string, field: string, value: Buffer) => number | Cell | string {
  const layouts = new Map(source.breakdowns.map(({ name }) => [name, cellLayout(source, name)]))
  const ofFacts = factsOf(source).map(({ name, read }) => ({
    begins: `${name}.`,
    layout: rowLayout(read.metrics),
  }))
  /** Chunks come field by field: most of them are of the breakdown of the one before. */
  let [prefix, layout]: [string, RowLayout | undefined] = ['', undefined]
  return (suffix, field, value) => {
    if (suffix.startsWith('c:')) {
      const at = slotAndPiece(field)
      if (at === undefined) throw new RangeError('no slot of a chunk')
      if (at.piece !== null) return value.toString('latin1')
      if (prefix === '' || !suffix.startsWith(prefix)) {
        const name = suffix.slice(2, suffix.indexOf(':', 2))
        prefix = `c:${name}:`
        layout = layouts.get(name) ?? ofFacts.find(({ begins }) => name.startsWith(begins))?.layout
      }
      if (layout === undefined) throw new RangeError('no chunk of a breakdown that is known')
      return holdCell(value, layout)
    }
    const id = Number(value.toString())
    if (!Number.isSafeInteger(id) || id < 1) throw new RangeError('no id')
    if (!isName(field)) throw new RangeError('no name: a name is a JSON array of texts and nulls')
    return id
  }
}

function isName(field: string): boolean {
  try {
    const values: unknown = valuesOf(field)
    return Array.isArray(values) && values.every((value) => value === null || typeof value === 'string')
  } catch {
    return false
  }
}
