/** A row of a table that is kept in a topic: the value of one record, as a flat object of columns. */
import { nameOfNumber } from '../numbers/decimal-text.ts'

/** By column; null is absent. Null for a value that is no object: as good as no row. */
export function rowValues(text: string, columns: readonly string[]): (string | null)[] | null {
  let row: unknown
  try {
    row = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return null
  const own = row as Record<string, unknown>
  return columns.map((column) => (Object.hasOwn(own, column) ? textOf(own[column]) : null))
}

/** What is no text, number or flag is absent: a row is not refused for a column that it has too much in. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return nameOfNumber(value)
  return null
}
