import { parseSync } from 'vite'
import { isCode, type Tree } from './imports.ts'

/** The lists of what users can see, and which tests make each of them through the code that says it. */
export const codeLists: Record<string, RegExp> = {
  'reject reasons': /^test\/(model|ingest|audit|query-api)\//,
  'halt codes': /^test\/(ingest|log|store|kafka|cli)\//,
  'problem types': /^test\/query-api\//,
  'problem types of the collector': /^test\/(collector|query-api)\//,
  'reasons of the collector': /^test\/(collector|query-api)\//,
  'event verdicts': /^test\/(model|ingest|query-api|real-input)\//,
  'partition states': /^test\/query-api\//,
  'log codes': /^test\/(log|kafka|ingest|cli|embedded)\//,
  'store codes': /^test\/(store|ingest|cli|query-api)\//,
  'exit codes': /^test\//,
  'freshness states': /^test\/dashboard\//,
}
const anchor = /^[ \t]*\/\/ codes that users see: (.+)$/gm

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

/** The texts in a list, the keys of an object, or the texts of a union. */
function codesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(codesIn)
  const { type, ...rest } = node as Node
  if (type === 'ObjectExpression')
    return (rest['properties'] as Node[]).map((one) => {
      const key = one['key'] as Node
      return String(key['name'] ?? key['value'])
    })
  if (type === 'ArrayExpression') return (rest['elements'] as Node[]).map((one) => String(one['value']))
  if (type === 'TSUnionType')
    return (rest['types'] as Node[]).map((one) => String((one['literal'] as Node)['value']))
  const inside = ['declaration', 'declarations', 'init', 'expression', 'typeAnnotation']
  return inside.flatMap((key) => (rest[key] == null ? [] : codesIn(rest[key])))
}

function listed(file: string, text: string, after: number): string[] {
  const body = parseSync(file, text).program.body as unknown as Node[]
  const statement = body.find(({ start }) => start > after)
  return statement === undefined ? [] : codesIn(statement)
}

/** As a text of its own, or within one; plain words only as a text of their own, as `state: x` in a pattern, or counted at least once (`late: 3`). */
const spoken = (code: string): RegExp =>
  /_/.test(code)
    ? new RegExp(`\\b${code}\\b`)
    : new RegExp(`['"\`:. ]${code}['"\`]|exitCodes\\.${code}\\b|\\b${code}: [1-9]`)

export function codesAreMade(tree: Tree, lists: Readonly<Record<string, RegExp>> = codeLists): string[] {
  const found = [...tree].flatMap(([file, text]) =>
    /^(model|log|store|ingest|query-api|dashboard|cli)\/.*\.ts$/.test(file)
      ? [...text.matchAll(anchor)].map(({ 1: list, index }) => ({
          file,
          list: list!.trim(),
          codes: listed(file, text, index),
        }))
      : [],
  )
  const tests = [...tree].filter(
    ([file]) => isCode(file) && /^test\/(?!tidy|fixtures|dashboard\/mock)/.test(file),
  )
  const uncommented = new Map(
    tests.map(([file, text]) => [file, text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')]),
  )
  return [
    ...Object.keys(lists)
      .filter((list) => found.filter((one) => one.list === list).length !== 1)
      .map((list) => `no one place has the comment "// codes that users see: ${list}"`),
    ...found.flatMap(({ file, list, codes }) => {
      const where = lists[list]
      if (where === undefined || codes.length === 0)
        return [`${file}: no list of ${list} is known, or it is empty`]
      return codes
        .filter(
          (code) => ![...uncommented].some(([test, text]) => where.test(test) && spoken(code).test(text)),
        )
        .map((code) => `${file}: no test makes ${code} (${list})`)
    }),
  ]
}
