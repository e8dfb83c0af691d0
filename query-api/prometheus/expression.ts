/** An expression of PromQL, of the part of the language that is answered. */

export type MatchOperator = '=' | '!=' | '=~' | '!~'

export interface Matcher {
  readonly label: string
  readonly op: MatchOperator
  readonly value: string
}

/** `readings:value{site="north"}[5m] offset 1h` */
export interface Selector {
  readonly is: 'selector'
  /** Empty where no matcher says which it is: then several may be meant. */
  readonly name: string
  readonly matchers: readonly Matcher[]
  /** As it was written, without brackets. */
  readonly text: string
  /** Null without brackets. */
  readonly rangeMs: number | null
  readonly offsetMs: number
}

export interface Call {
  readonly is: 'call'
  readonly name: string
  readonly args: readonly Expression[]
}

export interface Aggregation {
  readonly is: 'aggregation'
  readonly op: string
  readonly by: readonly string[]
  /** Of topk, bottomk and quantile. */
  readonly parameter: Expression | null
  readonly of: Expression
}

export interface Binary {
  readonly is: 'binary'
  readonly op: string
  readonly left: Expression
  readonly right: Expression
  /** 1 and 0 instead of leaving out what does not compare. */
  readonly isBool: boolean
  /** Labels that are compared, or are not; null = all are. */
  readonly matching: { readonly on: boolean; readonly labels: readonly string[] } | null
}

export type Expression =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'negation'; readonly of: Expression }
  | Selector
  | Call
  | Aggregation
  | Binary
