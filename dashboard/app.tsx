import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { Icon, Mark } from './icons.tsx'
import { pause, paused } from './live/page.ts'
import { ChartPanel } from './panels/chart-panel.tsx'
import { Feed } from './panels/feed.tsx'
import { Receipt } from './panels/receipt.tsx'
import { Tiles } from './panels/tiles.tsx'
import { Top } from './panels/top.tsx'
import { LostBar, Scope } from './scope/scope.tsx'
import { nextTheme, theme } from './scope/theme.ts'

const themeWords = { system: 'follows the system', light: 'light', dark: 'dark' } as const

function Header(): JSX.Element {
  const words = `Theme: ${themeWords[theme.value]} (T)`
  return (
    <header class="top">
      <a class="brand" href="./">
        <Mark />
        Tidemark
      </a>
      <nav class="nav" aria-label="Pages">
        <a href="./" aria-current="page">
          Overview
        </a>
      </nav>
      <div class="icons">
        <button type="button" class="ib" aria-label={words} title={words} onClick={nextTheme}>
          <Icon name="theme" />
        </button>
      </div>
    </header>
  )
}

const keys: Record<string, () => void> = { l: () => pause(paused.value === null), t: nextTheme }

export function App(): JSX.Element {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return
      keys[event.key.toLowerCase()]?.()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  return (
    <>
      <Header />
      <Scope />
      <main>
        <h1 class="sr">Overview</h1>
        <div class="sheet">
          <Tiles />
          <ChartPanel name="byCountry" title="Clicks by country" source="clicks" kind="stack" field="country" head="Country" top={5} totalName="All" />
          <Feed />
          <ChartPanel name="bySite" title="Readings by site" source="readings" kind="lines" field="site" head="Site" top={6} totalName="All" />
          <Top name="byType" title="Clicks by type" field="type" unit="clicks" />
          <Top name="byDevice" title="Clicks by device" field="device" unit="clicks" />
          <Top name="bySignal" title="Readings by signal" field="signal" unit="readings" />
        </div>
      </main>
      <Receipt />
      <LostBar />
    </>
  )
}
