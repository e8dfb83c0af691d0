/** Label matchers as our own filters. Regular expressions are answered where they are a list, a beginning or a part in disguise. */
import type { Filter } from '../../model/condition-text.ts'
import { badParam } from '../problem.ts'
import type { Matcher } from './expression.ts'

/** Null where every series passes. Throws bad_request. */
export function filterFor(matcher: Matcher): Filter | null {
  const { label, op, value } = matcher
  const is = op === '=' || op === '=~'
  const exists = (wanted: boolean): Filter => ({ field: label, op: 'exists', values: [String(wanted)] })
  if (value === '') return exists(!is)
  if (op === '=' || op === '!=') return { field: label, op: is ? 'is' : 'not', values: [value] }
  if (value === '.*' && is) return null
  if (value === '.+') return exists(is)
  const listed = alternatives(value)
  if (listed !== null) return { field: label, op: is ? 'is' : 'not', values: listed }
  const contained = is ? /^\.[*](.+)\.[*]$/s.exec(value)?.[1] : undefined
  const part = contained === undefined ? null : literal(contained)
  if (part !== null) return { field: label, op: 'contains', values: [part] }
  const begun = is ? /^(.+)\.[*]$/s.exec(value)?.[1] : undefined
  const beginning = begun === undefined ? null : literal(begun)
  if (beginning !== null) return { field: label, op: 'prefix', values: [beginning] }
  throw badParam(
    'query',
    `${label}${op}"${value}": of regular expressions a list (a|b), a beginning (a.*) and a part (.*a.*) are answered`,
  )
}

/** Whether a name, or the nothing of a label that is not there, passes. Throws bad_request. */
export function matchesText({ label, op, value }: Matcher, text: string): boolean {
  if (op === '=' || op === '!=') return (text === value) === (op === '=')
  return matchesPattern(label, op, value, text) === (op === '=~')
}

/** Texts in their order with anything between: `.*rate.*5m.*`, as a search for names is written; or a list of such. */
function matchesPattern(label: string, op: string, pattern: string, text: string): boolean {
  const branches = pattern.replace(/^\((?:\?:)?([^()]*)\)$/s, '$1').split('|')
  return branches.some((branch) => {
    const isSome = /^(.*)\.\+$/s.exec(branch)
    const parts = (isSome === null ? branch : `${isSome[1]}.*`).split('.*').map(literal)
    if (parts.includes(null))
      throw badParam(
        'match[]',
        `${label}${op}"${pattern}": of regular expressions texts with .* between them, and lists of those, are answered`,
      )
    if (isSome !== null && text.length <= parts.join('').length) return false
    return inOrder(parts as string[], text)
  })
}

/** The first part begins the text, the last one ends it. */
function inOrder(parts: readonly string[], text: string): boolean {
  if (parts.length === 1) return text === parts[0]
  let at = parts[0]!.length
  if (!text.startsWith(parts[0]!)) return false
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - parts.at(-1)!.length >= at && text.endsWith(parts.at(-1)!)
}

/** `(a|b)` or `a|b`, each as it is meant; null where one is no plain text. */
function alternatives(pattern: string): string[] | null {
  const inside = /^\((?:\?:)?((?:[^()\\]|\\.)*)\)$/s.exec(pattern)?.[1] ?? pattern
  const parts = inside.match(/(?:[^|\\]|\\.)+/gs) ?? []
  if (parts.join('|') !== inside) return null
  const texts = parts.map(literal)
  return texts.some((text) => text === null) ? null : (texts as string[])
}

/** What a pattern without any special character matches. */
function literal(pattern: string): string | null {
  if (!/^(?:[^.*+?^$()[\]{}|\\]|\\[^A-Za-z0-9])*$/s.test(pattern)) return null
  return pattern.replaceAll(/\\(.)/gs, '$1')
}
