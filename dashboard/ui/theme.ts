/** Light, dark, or as the system has it. `?theme=` forces one for this view; the button's choice is kept. */
import { signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'tidemark.theme'
const themes: readonly Theme[] = ['system', 'dark', 'light']
const isTheme = (text: string | null): text is Theme => themes.includes(text as Theme)

/** A browser may refuse to keep anything; the theme then lasts as long as the page. */
function kept(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Not kept: see above.
  }
}

function first(): Theme {
  const asked = new URLSearchParams(location.search).get('theme')
  if (isTheme(asked)) return asked
  const had = kept()
  return isTheme(had) ? had : 'system'
}

export const theme = signal<Theme>(first())
/** Counts changes of the colours on screen: canvases read their palette anew. */
export const paletteRound = signal(0)

function apply(): void {
  if (theme.value === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme.value
  paletteRound.value++
}

export function nextTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length]!
  keep(theme.value)
  apply()
}

export function beginTheme(): void {
  apply()
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => paletteRound.value++)
}
