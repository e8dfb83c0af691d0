/** JSON as records hold it: what `JSON.parse` makes of a text, and the two things it does not tell. */

/** A number of fewer characters has at most 15 digits, and is what its double says. */
const LONG_CHARS = 16
/** Between values, beside white space: the mark of RFC 7464, and a comma where somebody took the brackets of a list off. */
const NOT_BETWEEN = new RegExp(String.raw`[^ \t\n\r\x1e,]`)
const NUMBER_CHARS = /[-+.0-9eE]/

/** Cheap to ask: where this is false, no number of the text is long. */
export const mayHoldLongNumbers = (text: string): boolean => /[-+.0-9eE]{16}/.test(text)

/** The same JSON with every long number as a string of its own characters behind `mark`, so that it can be read exactly. */
export function withLongNumbersQuoted(text: string, mark = ''): string {
  let quoted = ''
  let taken = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '"') at = endOfString(text, at)
    else if (char === '-' || (char >= '0' && char <= '9')) {
      const from = at
      while (at + 1 < text.length && NUMBER_CHARS.test(text[at + 1]!)) at++
      if (at + 1 - from < LONG_CHARS) continue
      quoted += `${text.slice(taken, from)}"${mark}${text.slice(from, at + 1)}"`
      taken = at + 1
    }
  }
  return quoted + text.slice(taken)
}

/** Undoes {@link withLongNumbersQuoted}, after the text was read and written again. `mark` stands nowhere else in it, and has only letters and digits. */
export function withNumbersUnquoted(text: string, mark: string): string {
  return text.replaceAll(new RegExp(`"${mark}([-+.0-9eE]+)"`, 'g'), '$1')
}

/** The texts of objects and arrays that stand behind each other in a text that is not one JSON value; null where anything else is in it. */
export function splitValues(text: string): string[] | null {
  const values: string[] = []
  let [depth, from] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '"') at = endOfString(text, at)
    else if (char === '{' || char === '[') {
      if (depth++ > 0) continue
      if (NOT_BETWEEN.test(text.slice(from, at))) return null
      from = at
    } else if ((char === '}' || char === ']') && --depth === 0) {
      const value = text.slice(from, at + 1)
      if (!isJson(value)) return null
      values.push(value)
      from = at + 1
    }
  }
  return depth === 0 && !NOT_BETWEEN.test(text.slice(from)) ? values : null
}

function endOfString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
