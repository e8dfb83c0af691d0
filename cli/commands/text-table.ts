/** Rows of text as columns, two blanks apart, a line each. A row of one cell is a sentence of its own and widens no column. */
export function textTable(
  rows: readonly (readonly string[])[],
  isRight: (column: number) => boolean = () => false,
): string {
  const wide = rows.filter((row) => row.length > 1)
  const widths = (wide[0] ?? []).map((_, column) => Math.max(...wide.map((row) => row[column]!.length)))
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        isRight(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column] ?? 0),
      )
      return `${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}
