/** The resolved tokens a canvas paints with: read once per change of theme, never per frame. */
import type { Palette } from './scene.ts'

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
