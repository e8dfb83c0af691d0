/** The resolved tokens a canvas paints with: read once per change of theme, never per frame. */

export interface Palette {
  readonly surface: string
  readonly grid: string
  readonly edge: string
  readonly ink: string
  readonly ink2: string
  readonly ink3: string
  readonly accent: string
  readonly warn: string
  readonly accentBg: string
  /** The stretch before. */
  readonly was: string
  readonly hatch: string
  readonly hatchBg: string
  /** Opacity of an area's fill. */
  readonly area: number
  /** Index 0 is "others", 1 to 8 the series. */
  readonly series: readonly string[]
  /** The same in grey, for a plot that is no longer true. */
  readonly grey: readonly string[]
  readonly font: string
}

/** `#rgb` and `#rrggbb`: the build shortens what it can. */
function channels(hex: string): [number, number, number] {
  const digits = hex.replace('#', '')
  const n = Number.parseInt(
    digits.length < 6 ? digits.slice(0, 3).replaceAll(/./g, '$&$&') : digits.slice(0, 6),
    16,
  )
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255]
}

/** `#rrggbb` with an opacity. */
export function faded(hex: string, opacity: number): string {
  const [r, g, b] = channels(hex)
  return `rgb(${r} ${g} ${b} / ${opacity})`
}

/** Its own grey, at the 55 % strength of a plot that stopped. */
function greyed(hex: string, surface: string): string {
  const [r, g, b] = channels(hex)
  const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
  const mixed = channels(surface).map((under) => Math.round(luma * 0.55 + under * 0.45))
  return `#${mixed.map((v) => v.toString(16).padStart(2, '0')).join('')}`
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  const surface = token('--surface')
  const series = [token('--c-other'), ...Array.from({ length: 8 }, (_, i) => token(`--c${i + 1}`))]
  return {
    surface,
    grid: token('--grid'),
    edge: token('--edge'),
    ink: token('--ink'),
    ink2: token('--ink-2'),
    ink3: token('--ink-3'),
    accent: token('--accent'),
    warn: token('--warn'),
    accentBg: token('--accent-bg'),
    was: token('--was'),
    hatch: token('--hatch'),
    hatchBg: token('--hatch-bg'),
    area: Number(token('--area')) || 0.2,
    series,
    grey: series.map((hex) => greyed(hex, surface)),
    font: token('--sans'),
  }
}
