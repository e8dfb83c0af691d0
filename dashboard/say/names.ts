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
