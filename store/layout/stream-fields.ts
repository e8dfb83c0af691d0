/** Fields of a stream entry as text and as numbers; what is absent is null, what is no number is 0. */
export function textIn(fields: ReadonlyMap<string, Buffer>, name: string): string | null {
  return fields.get(name)?.toString() ?? null
}

export function numberIn(fields: ReadonlyMap<string, Buffer>, name: string): number {
  const value = Number(textIn(fields, name) ?? 0)
  return Number.isFinite(value) ? value : 0
}
