/** What stands where in the records that a source is made for: the names of its paths as trees. */
import type { Field, Form, Path, Source } from '../../model/definition.ts'
import { USUAL_NUMBERS, USUAL_TEXTS, USUAL_TIMES } from './scan-values.ts'

export interface Place {
  /** Values that are read there. */
  readonly usual: readonly string[]
  readonly inside: Tree
  /** Holds several objects of what is inside. */
  readonly isList?: boolean
  /** As often a value as an object. */
  readonly isEither?: boolean
}
export type Tree = Map<string, Place>

/** Of a record's value, or of one row where the value itself is a list of them; and of its key, where that is JSON. */
export interface Places {
  readonly value: Tree
  readonly key: Tree
}

export function placesOf(source: Source): Places {
  const [item, outer, pair, key]: Tree[] = [new Map(), new Map(), new Map(), new Map()]
  const pairUsual: string[] = []
  const put = (path: Path, usual: readonly string[]): void => {
    const [root, part, ...rest] = path
    if (root !== '$') return putAt(item!, path, usual)
    if (part === 'outer') putAt(outer!, rest, usual)
    if (part === 'key' && rest.length > 0) putAt(key!, rest, usual)
    if (part === 'value' && rest.length > 0) putAt(pair!, rest, usual)
    if (part === 'value' && rest.length === 0) pairUsual.push(...usual)
  }
  for (const path of [source.timePath, ...(source.timeElse ?? [])]) put(path, USUAL_TIMES)
  for (const field of source.fields) for (const path of field.from) put(path, usualOf(field))
  for (const path of source.id?.from ?? []) put(path, [...USUAL_TEXTS.map(quoted), '7'])
  const { rows } = source
  if (rows?.pairs) {
    const place = { usual: pairUsual.length === 0 ? ['1'] : pairUsual, inside: pair!, isEither: true }
    const pairs: Tree = new Map(['temp', 'hum', 'V1', 'näme'].map((name) => [name, place]))
    if (rows.pairs.length === 0) for (const [name, one] of pairs) item!.set(name, one)
    else holderOf(item!, rows.pairs).set(rows.pairs.at(-1)!, { usual: ['{}'], inside: pairs })
  }
  if (!rows?.in) return { value: item!, key: key! }
  holderOf(outer!, rows.in).set(rows.in.at(-1)!, { usual: ['[]'], inside: item!, isList: true })
  return { value: outer!, key: key! }
}

function putAt(tree: Tree, path: Path, usual: readonly string[]): void {
  const holder = holderOf(tree, path, usual)
  const name = path.at(-1)!
  if (!holder.has(name)) holder.set(name, { usual, inside: new Map() })
}

/** Where the last name of a path stands. */
function holderOf(tree: Tree, path: Path, usual: readonly string[] = ['1']): Tree {
  let holder = tree
  for (const name of path.slice(0, -1)) {
    const place = holder.get(name) ?? { usual, inside: new Map<string, Place>() }
    holder.set(name, place)
    holder = place.inside
  }
  return holder
}

export const quoted = (text: string): string => `"${text}"`

/** Values that a field takes. */
function usualOf({ type, takes = [type] }: Field): string[] {
  const forms: Record<Form, readonly string[]> = {
    string: USUAL_TEXTS.map(quoted),
    number: USUAL_NUMBERS,
    boolean: ['true', 'false'],
    words: ['"true"', '"false"'],
    digits: USUAL_NUMBERS.map(quoted),
    comma: ['"412,52"', '"-0,5"'],
  }
  return takes.flatMap((form) => forms[form])
}
