/** Rows of RFC 4180 text, taken in pieces of any size: quotes, doubled quotes, line breaks inside quotes, LF, CRLF or CR. */

export interface CsvRow {
  /** Line of the file on which the row begins, from 1. */
  line: number
  cells: string[]
}

export interface CsvOptions {
  /** One character. */
  separator: string
  /** False: a quote is a letter like any other, as in most tab-separated files. */
  quotes: boolean
}

/** A field longer than this is taken for a quote that was never closed. */
export const LONGEST_FIELD_CHARS = 1_048_576
const MOST_CELLS = 10_000

/** The text breaks the rules of its format; `line` is where. */
export class CsvError extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.name = 'CsvError'
    this.line = line
  }
}

/** Where the reader stands: before a field, inside a bare or a quoted one, or behind a quote that may end it. */
type State = 'start' | 'bare' | 'quoted' | 'quote'

/** Reads rows from pieces of text. Empty lines are passed over. Throws CsvError; after that the parser is of no further use. */
export interface CsvParser {
  push(text: string): CsvRow[]
  /** What is left after the last piece. */
  end(): CsvRow[]
}

export function createCsvParser({ separator, quotes }: CsvOptions): CsvParser {
  let state: State = 'start'
  let field = ''
  let cells: string[] = []
  let line = 1
  let rowLine = 1
  let afterReturn = false
  let rows: CsvRow[] = []

  function endField(): void {
    if (cells.length >= MOST_CELLS) throw new CsvError(line, `more than ${MOST_CELLS} columns`)
    cells.push(field)
    field = ''
    state = 'start'
  }

  function endRow(): void {
    // After a separator there is a field to come, if only an empty one.
    const blank = cells.length === 0 && state === 'start'
    if (!blank) {
      endField()
      rows.push({ line: rowLine, cells })
    }
    cells = []
    rowLine = line
  }

  /** Appends the run of plain characters at `from`; answers where it ends. */
  function takeRun(text: string, from: number): number {
    let to = from
    if (state === 'quoted')
      while (to < text.length && text[to] !== '"' && text[to] !== '\n' && text[to] !== '\r') to++
    else while (to < text.length && text[to] !== separator && text[to] !== '\n' && text[to] !== '\r') to++
    field += text.slice(from, to)
    if (field.length > LONGEST_FIELD_CHARS)
      throw new CsvError(
        rowLine,
        `a field is longer than ${LONGEST_FIELD_CHARS} characters; is a quote not closed?`,
      )
    return to
  }

  function takeBreak(letter: string): void {
    // The second half of CRLF is no line of its own.
    const second = letter === '\n' && afterReturn
    afterReturn = letter === '\r'
    if (!second) line++
    if (state === 'quoted') field += letter
    else if (second) rowLine = line
    else endRow()
  }

  return {
    push(text) {
      let at = 0
      while (at < text.length) {
        const letter = text[at]!
        if (letter === '\n' || letter === '\r') {
          takeBreak(letter)
          at++
          continue
        }
        afterReturn = false
        if (state === 'quoted') {
          if (letter !== '"') at = takeRun(text, at)
          else {
            state = 'quote'
            at++
          }
        } else if (state === 'quote' && letter === '"') {
          field += '"'
          state = 'quoted'
          at++
        } else if (letter === separator) {
          endField()
          at++
        } else if (state === 'quote')
          throw new CsvError(
            line,
            `a closing quote is followed by ${JSON.stringify(letter)}; a quote inside a quoted field is written twice`,
          )
        else if (state === 'start' && quotes && letter === '"') {
          state = 'quoted'
          at++
        } else {
          state = 'bare'
          at = takeRun(text, at)
        }
      }
      return takeRows()
    },
    end() {
      if (state === 'quoted') throw new CsvError(rowLine, 'a quote is never closed')
      endRow()
      return takeRows()
    },
  }

  function takeRows(): CsvRow[] {
    const taken = rows
    rows = []
    return taken
  }
}
