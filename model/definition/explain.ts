/** From what zod found to faults with a place each: the branch of a union that was meant, one fault for each unknown key. */
import type { z } from 'zod'
import { didYouMean, type Fault, type Place } from './faults.ts'
import { MEASURES } from '../measures/index.ts'

/** Of the unknown keys of one block. */
const MOST_UNKNOWN = 50

type Issue = z.core.$ZodIssue

export function explain(issues: readonly Issue[], root: unknown, at: Place = []): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const place = [...at, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))]
    if (issue.code === 'unrecognized_keys') {
      const known = issue.message.split(', ')
      return issue.keys
        .slice(0, MOST_UNKNOWN)
        .map((key) => ({
          place: [...place, key],
          aim: 'key',
          says: `not known here${didYouMean(key, known) || `; known are ${known.join(', ')}`}`,
        }))
    }
    if (issue.code === 'invalid_key')
      return [{ place, aim: 'key', says: issue.issues[0]?.message ?? issue.message }]
    if (issue.code === 'invalid_union') {
      const meant = branchOf(issue.errors, valueAt(root, issue.path))
      if (meant !== null) return explain(meant, valueAt(root, issue.path), place)
    }
    return [{ place, says: issue.message }]
  })
}

/** The faults of the one branch that the writer had in mind; null where none or several could be. */
function branchOf(branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] | null {
  if (typeof value !== 'object' || value === null) return null
  const fitting = branches.filter((issues) =>
    issues.every(
      (issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys' || issue.code === 'too_big',
    ),
  )
  if (fitting.length <= 1) return fitting[0] ?? null
  const marked = fitting.filter((issues) => !issues.some((issue) => isForeign(issue)))
  if (marked.length === 1) return marked[0]!
  const kinds = [...MEASURES.keys()]
  const said = kinds.filter((kind) => Object.hasOwn(value, kind))
  // A block that may say one of several things: the one whose word is there.
  return said.length === 1 ? (fitting[kinds.indexOf(said[0]!)] ?? null) : null
}

export function valueAt(root: unknown, place: readonly PropertyKey[]): unknown {
  let value = root
  for (const part of place)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined
  return value
}

/** Words of which each names the one block that it may stand in. */
const MARKS = ['type', 'from', 'compute', 'lookup', 'ratio', 'difference', 'per']
const isForeign = (issue: Issue): boolean =>
  issue.code === 'unrecognized_keys' && issue.keys.some((key) => MARKS.includes(key))
