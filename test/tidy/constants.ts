import { parseSync } from 'vite'
import { isCode, type Tree } from './imports.ts'

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}
const upper = /^[A-Z][A-Z0-9_]*$/
const child = (node: Node, key: string): Node => node[key] as Node

/** A number or text that is written down, or worked out of such. */
function isFixed(node: Node): boolean {
  if (node.type === 'Literal') return ['number', 'string', 'bigint'].includes(typeof node['value'])
  if (node.type === 'TemplateLiteral') return (node['expressions'] as Node[]).length === 0
  if (node.type === 'Identifier')
    return upper.test(node['name'] as string) && (node['name'] as string).length > 1
  if (node.type === 'UnaryExpression' || node.type === 'TSAsExpression')
    return isFixed(child(node, node.type === 'UnaryExpression' ? 'argument' : 'expression'))
  return node.type === 'BinaryExpression' && isFixed(child(node, 'left')) && isFixed(child(node, 'right'))
}

/** Not yet by the rule. */
const still = /^ingest\/collector\//

/** Numbers and texts of a module are named in capitals; what a call makes, or what holds several, is not. */
export const constantNames = (tree: Tree): string[] =>
  [...tree].flatMap(([file, text]) => {
    if (!isCode(file) || !/^(model|log|store|ingest|query-api|dashboard|embedded|cli|test)\//.test(file))
      return []
    if (file.startsWith('test/fixtures/') || file.endsWith('.mjs') || still.test(file)) return []
    const body = parseSync(file, text).program.body as unknown as Node[]
    return body.flatMap((statement) => {
      const declared = statement.type === 'ExportNamedDeclaration' ? statement['declaration'] : statement
      const { type, kind, declarations } = (declared ?? {}) as Partial<Record<string, unknown>>
      if (type !== 'VariableDeclaration' || kind !== 'const') return []
      return (declarations as Node[]).flatMap((one) => {
        const [id, init] = [child(one, 'id'), one['init'] as Node | null]
        const name = id['name'] as string
        return id.type === 'Identifier' && init !== null && isFixed(init) && !upper.test(name)
          ? [
              `${file}: ${name} is a fixed value: name it ${name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`,
            ]
          : []
      })
    })
  })
