/** PromQL text to an expression; the only file that knows the grammar. */
import { parser } from '@prometheus-io/lezer-promql'
import { badParam, type ProblemError } from '../problem.ts'
import type { Expression, Matcher, MatchOperator, Selector } from './expression.ts'

type Node = ReturnType<typeof parser.parse>['topNode']

const MAX_LENGTH = 5000
/** Expressions inside each other. */
const MAX_DEPTH = 50

/** Throws bad_request, which says where. */
export function parsePromQl(text: string): Expression {
  if (text.trim() === '') throw refused('no expression; try rate(clicks:events[1m])')
  if (text.length > MAX_LENGTH) throw refused(`at most ${MAX_LENGTH} characters`)
  const { topNode } = parser.parse(text)
  topNode.cursor().iterate((node) => {
    if (node.type.isError) throw refused(`cannot be read ${placeIn(text, node.from)}`)
  })
  return new Reader(text).expression(topNode.firstChild!, 0)
}

const refused = (detail: string): ProblemError => badParam('query', detail)

const placeIn = (text: string, at: number): string =>
  at >= text.length ? 'at its end' : `at character ${at + 1}, before ${text.slice(at, at + 20)}`

class Reader {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }

  expression(node: Node, depth: number): Expression {
    if (depth > MAX_DEPTH) throw refused(`more than ${MAX_DEPTH} expressions inside each other`)
    switch (node.name) {
      case 'ParenExpr':
        return this.expression(inner(node), depth + 1)
      case 'NumberDurationLiteral':
        return { is: 'number', value: numberOf(this.#of(node)) }
      case 'UnaryExpr':
        return this.#unary(node, depth)
      case 'VectorSelector':
        return this.#selector(node)
      case 'MatrixSelector':
        return this.#matrix(node)
      case 'OffsetExpr':
        return this.#offset(node, depth)
      case 'FunctionCall':
        return this.#call(node, depth)
      case 'AggregateExpr':
        return this.#aggregation(node, depth)
      case 'BinaryExpr':
        return this.#binary(node, depth)
      default:
        throw this.#unanswered(node)
    }
  }

  #of = (node: Node): string => this.#text.slice(node.from, node.to)

  #unanswered(node: Node): ProblemError {
    return refused(`${this.#of(node).slice(0, 80)} is not of the part of PromQL that is answered`)
  }

  #unary(node: Node, depth: number): Expression {
    const of = this.expression(node.lastChild!, depth + 1)
    return this.#of(node).startsWith('-') ? { is: 'negation', of } : of
  }

  #selector(node: Node): Selector {
    const matchers: Matcher[] = []
    let name = node.getChild('Identifier') === null ? '' : this.#of(node.getChild('Identifier')!)
    for (const one of childrenOf(node.getChild('LabelMatchers'))) {
      if (one.name === 'QuotedLabelName') name = textOf(this.#of(one))
      else if (one.name.endsWith('LabelMatcher')) matchers.push(this.#matcher(one))
    }
    const named = matchers.find(({ label, op }) => label === '__name__' && op === '=')
    if (name !== '' && named !== undefined)
      throw refused(
        `${this.#of(node).slice(0, 80)} names two metrics: ${name} and ${named.value.slice(0, 80)}`,
      )
    if (named !== undefined) name = named.value
    return {
      is: 'selector',
      name,
      matchers: matchers.filter((one) => one !== named),
      text: this.#of(node),
      rangeMs: null,
      offsetMs: 0,
    }
  }

  #matcher(node: Node): Matcher {
    const [label, op, value] = childrenOf(node)
    const name = this.#of(label!)
    return {
      label: label!.name === 'LabelName' ? name : textOf(name),
      op: this.#of(op!) as MatchOperator,
      value: textOf(this.#of(value!)),
    }
  }

  #matrix(node: Node): Expression {
    const [of, range] = childrenOf(node)
    if (of?.name !== 'VectorSelector' || range === undefined) throw this.#unanswered(node)
    return { ...this.#selector(of), rangeMs: durationOf(this.#of(range)) }
  }

  #offset(node: Node, depth: number): Expression {
    const [of, , by] = childrenOf(node)
    const expression = this.expression(of!, depth + 1)
    if (expression.is !== 'selector') throw this.#unanswered(node)
    const text = this.#of(by!)
    const [sign, duration] = text.startsWith('-') ? [-1, text.slice(1)] : [1, text]
    return { ...expression, offsetMs: sign * durationOf(duration.trim()) }
  }

  #call(node: Node, depth: number): Expression {
    const [name, body] = childrenOf(node)
    return { is: 'call', name: this.#of(name!), args: this.#arguments(body, depth) }
  }

  #arguments(body: Node | undefined, depth: number): Expression[] {
    return childrenOf(body ?? null).map((node) => this.expression(node, depth + 1))
  }

  #aggregation(node: Node, depth: number): Expression {
    const op = this.#of(node.getChild('AggregateOp')!)
    const modifier = node.getChild('AggregateModifier')
    if (modifier?.getChild('Without'))
      throw refused(`${op} without (...): which labels there are is known by name only; say ${op} by (...)`)
    const by = childrenOf(modifier?.getChild('GroupingLabels') ?? null).map((label) =>
      label.name === 'LabelName' ? this.#of(label) : textOf(this.#of(label)),
    )
    const args = this.#arguments(node.getChild('FunctionCallBody') ?? undefined, depth)
    const of = args.at(-1)
    if (of === undefined || args.length > 2) throw this.#unanswered(node)
    return { is: 'aggregation', op, by, parameter: args.length === 2 ? args[0]! : null, of }
  }

  #binary(node: Node, depth: number): Expression {
    const nodes = childrenOf(node)
    const [left, right] = [nodes[0]!, nodes.at(-1)!]
    const modifiers = nodes.slice(2, -1)
    const matching = modifiers.find((one) => one.name === 'MatchingModifierClause')
    if (matching?.getChild('GroupLeft') || matching?.getChild('GroupRight'))
      throw refused('group_left and group_right are not answered: both sides need the same labels')
    return {
      is: 'binary',
      op: this.#of(nodes[1]!),
      left: this.expression(left, depth + 1),
      right: this.expression(right, depth + 1),
      isBool: nodes.some((one) => one.name === 'BoolModifier'),
      matching: matching
        ? {
            on: matching.getChild('On') !== null,
            labels: childrenOf(matching.getChild('GroupingLabels')).map((label) => this.#of(label)),
          }
        : null,
    }
  }
}

function childrenOf(node: Node | null): Node[] {
  const found: Node[] = []
  for (let one = node?.firstChild ?? null; one !== null; one = one.nextSibling) found.push(one)
  return found
}

function inner(node: Node): Node {
  const [only] = childrenOf(node)
  if (only === undefined) throw refused('empty parentheses')
  return only
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}
const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/

/** `1h30m`, or a number of seconds. */
export function durationOf(text: string, parameter = 'query'): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  if (!DURATION.test(text))
    throw badParam(parameter, `${text.slice(0, 80)} is no duration such as 5m or 1h30m`)
  let ms = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) ms += Number(count) * UNITS[unit!]!
  return ms
}

function numberOf(text: string): number {
  const plain = text.replaceAll('_', '')
  if (/^[+-]?inf$/i.test(plain)) return plain.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(plain)) return NaN
  return DURATION.test(plain) ? durationOf(plain) / 1000 : Number(plain)
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

/** A text between quotes, or between backticks as it stands. */
function textOf(quoted: string): string {
  const text = quoted.slice(1, -1)
  if (quoted.startsWith('`')) return text
  return text.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/gs,
    (_, byte, four, eight, octal, one: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      const code: string | undefined = byte ?? four ?? eight
      if (code === undefined) return ESCAPES[one] ?? one
      const point = Number.parseInt(code, 16)
      if (point > 0x10ffff) throw refused(`${quoted.slice(0, 80)} holds a letter that there is not`)
      return String.fromCodePoint(point)
    },
  )
}
