/** `where` of a metric: the conditions of queries, checked against the fields of the source. */
import { conditionFault, fieldsIn, parseCondition } from '../condition-text.ts'
import type { Condition, Field } from '../definition.ts'
import type { Place } from './faults.ts'
import type { Need, Report } from './series.ts'

export type ReadWhere = (texts: readonly string[] | undefined, at: Place) => Condition[]

export function whereReader(
  source: { readonly name: string; readonly fields: readonly Field[] },
  need: Need,
  report: Report,
): ReadWhere {
  return (texts = [], at) =>
    texts.flatMap((text, index): Condition[] => {
      const place = [...at, index]
      const condition = parseCondition(text)
      if (typeof condition === 'string') {
        report(place, `${condition}, in ${text.slice(0, 80)}`)
        return []
      }
      for (const field of fieldsIn([condition])) need(field, null, place, 'a condition takes')
      const isKnown = fieldsIn([condition]).every((one) => source.fields.some(({ name }) => name === one))
      const fault = isKnown ? conditionFault(condition, source) : null
      if (fault !== null) report(place, fault)
      return [condition]
    })
}
