/** How a field is worked out, in words: `url.host of page`. */
import type { Compute } from '../definition.ts'

export function computedText(compute: Compute): string {
  switch (compute.op) {
    case 'hour':
    case 'weekday':
      return `${compute.op} of the event`
    case 'lookup':
      return `${compute.column} of ${compute.of} in ${compute.table}`
    case 'url.param':
      return `url.param.${compute.name} of ${compute.of}`
    case 'cut':
      return compute.chars === undefined
        ? `${compute.of} before ${JSON.stringify(compute.before)}`
        : `first ${compute.chars} characters of ${compute.of}`
    case 'bucket':
      return `bucket of ${compute.of}, ${compute.edges === undefined ? `width ${compute.width!}` : `edges ${compute.edges.join(', ')}`}`
    default:
      return `${compute.op} of ${compute.of}`
  }
}
