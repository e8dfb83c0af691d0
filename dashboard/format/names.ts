/** What a value of a breakdown is called on the page. Two values never have the same name. */

let regions: Intl.DisplayNames | undefined
const regionOf = (code: string): string => {
  try {
    regions ??= new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' })
    return regions.of(code) ?? code
  } catch {
    return code
  }
}
const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
let countries: Set<string> | undefined

/** Codes of old are other names of regions of today: DD would be a second Germany. */
const isToday = (region: string): boolean => Intl.getCanonicalLocales(`und-${region}`)[0] === `und-${region}`

/** `DE` is Germany; what is no code of a region stays as it came, and one that is called like a region stands in quotes. */
function countryName(value: string): string {
  if (/^[A-Z]{2}$/.test(value)) return isToday(value) && value !== 'ZZ' ? regionOf(value) : value
  countries ??= new Set(letters.flatMap((a) => letters.map((b) => regionOf(a + b))))
  return countries.has(value) ? quoted(value) : plainName(value)
}

/** What is not seen, or turns what is around it about: controls, marks of direction, joiners, blanks of other kinds, accents that stand alone. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]|\u034f|\u115f|\u1160|\u3164|\uffa0|(?! )\p{Zs}/u
/** Words that the page itself says in place of a name. */
const ours = /^(?:\(none\)|\(empty\)|[\d,]* ?others?|all|no data|\\*__other__|".*")$/is

const code = (one: string): string => `\\u${one.codePointAt(0)!.toString(16).padStart(4, '0')}`
function quoted(value: string): string {
  const escaped = value
    .replaceAll(/[\\"]/g, '\\$&')
    .replaceAll(
      value === value.normalize('NFC')
        ? new RegExp(unseen, 'gu')
        : new RegExp(`${unseen.source}|\\p{M}`, 'gu'),
      code,
    )
  // A row of blanks would fall together to one.
  return `"${escaped.replaceAll(/ (?= )|^ | $/g, '\u00a0')}"`
}
const isPlain = (value: string): boolean =>
  !unseen.test(value) && !ours.test(value) && !/^ | $| {2}/.test(value) && value === value.normalize('NFC')
const plainName = (value: string): string => (isPlain(value) ? value : quoted(value))

/** The absent one is "(none)", the empty one "(empty)"; what could be taken for another one, or cannot be seen, stands in quotes with its signs spelled out. */
export function valueName(field: string, value: string | null): string {
  if (value === null) return '(none)'
  if (value === '') return '(empty)'
  // A value that is merely written like the budget's own comes with a backslash before it.
  if (/^\\+__other__$/.test(value)) return quoted(value.slice(1))
  return field === 'country' ? countryName(value) : plainName(value)
}

/** Text of an event or a record, with what is not seen spelled out. */
export const visible = (text: string): string => text.replaceAll(new RegExp(unseen, 'gu'), code)

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A name of the definition as words: `loadMs` is "Load ms", `page_view` is "Page view". */
export const words = (name: string): string =>
  capital(
    name
      .replaceAll('_', ' ')
      .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toLowerCase(),
  )

/** The many of a field: countries, devices, paths. */
export const plural = (name: string): string => {
  const text = words(name).toLowerCase()
  return /[^aeiou]y$/.test(text)
    ? `${text.slice(0, -1)}ies`
    : /(s|x|ch|sh)$/.test(text)
      ? `${text}es`
      : `${text}s`
}
