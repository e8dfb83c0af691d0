/** What a value of a breakdown is called on the page. */

let regions: Intl.DisplayNames | undefined

/** `DE` is Germany; what is no region code stays as it came. */
function countryName(code: string): string {
  if (!/^[A-Za-z]{2}$/.test(code)) return code
  try {
    regions ??= new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' })
    return regions.of(code.toUpperCase()) ?? code
  } catch {
    return code
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export function valueName(field: string, value: string | null): string {
  if (value === null) return '(none)'
  if (field === 'country') return countryName(value)
  if (field === 'site') return capital(value)
  return value
}

/** A name of the definition as words: `loadMs` is "Load ms", `page_view` is "Page view". */
export const words = (name: string): string => capital(name.replaceAll('_', ' ').replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase())

/** The many of a field: countries, devices, paths. */
export const plural = (name: string): string => {
  const text = words(name).toLowerCase()
  return /[^aeiou]y$/.test(text) ? `${text.slice(0, -1)}ies` : /(s|x|ch|sh)$/.test(text) ? `${text}es` : `${text}s`
}
