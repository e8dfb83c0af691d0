import { useLayoutEffect } from 'preact/hooks'
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { Icon, Mark } from './ui/icons.tsx'
import { lazy } from './ui/lazy.tsx'
import { catalog, catalogFault } from './state/catalog.ts'
import { isLost } from './state/connection.ts'
import { declaresFacts } from './plan/declares-facts.ts'
import { go, view } from './state/navigation.ts'
import { scans, stopped } from './state/slots.ts'
import { Overview } from './overview/overview.tsx'
import { turnCompare } from './scope/compare-picker.tsx'
import { toggleLive, zoomOut } from './state/live-range.ts'
import { LostBar, Scope } from './scope/scope.tsx'
import { nextTheme, theme } from './ui/theme.ts'
import { addressOf, type PageName } from './view/view.ts'

const helping = signal(false)
const themeWords = { system: 'follows the system', light: 'light', dark: 'dark' } as const
const pages: readonly { name: PageName; title: string }[] = [
  { name: 'overview', title: 'Overview' },
  { name: 'explore', title: 'Explore' },
  { name: 'visitors', title: 'Visitors' },
  { name: 'pipeline', title: 'Pipeline' },
  { name: 'store', title: 'Store' },
]

function Header(): JSX.Element {
  // Of sources that declare none there is nothing to see there.
  const hasVisitors = view.value.page === 'visitors' || (catalog.value ?? []).some(declaresFacts)
  const words = `Theme: ${themeWords[theme.value]} (T)`
  const shown = pages.filter(({ name }) => name !== 'visitors' || hasVisitors)
  const turn = (event: MouseEvent, page: PageName): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    go({ page })
  }
  return (
    <header class="top">
      <a class="brand" href="/" onClick={(event) => turn(event, 'overview')}>
        <Mark />
        Tidemark
      </a>
      <nav class="nav" aria-label="Pages">
        {shown.map(({ name, title }) => (
          <a
            key={name}
            href={addressOf({ ...view.value, page: name }, location.search)}
            aria-current={view.value.page === name ? 'page' : undefined}
            onClick={(event) => turn(event, name)}
          >
            {title}
          </a>
        ))}
      </nav>
      <div class="icons">
        <a class="docs no-phone" href="/docs">
          Docs
        </a>
        <button type="button" class="ib" aria-label={words} title={words} onClick={nextTheme}>
          <Icon name="theme" />
        </button>
        <button
          type="button"
          class="ib no-phone"
          aria-label="Keyboard shortcuts (?)"
          title="Keyboard shortcuts (?)"
          onClick={() => (helping.value = true)}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  )
}

const keys: Record<string, () => void> = {
  l: toggleLive,
  t: nextTheme,
  z: zoomOut,
  x: turnCompare,
  o: () => go({ page: 'overview' }),
  e: () => go({ page: 'explore' }),
  v: () => {
    if ((catalog.value ?? []).some(declaresFacts)) go({ page: 'visitors' })
  },
  p: () => go({ page: 'pipeline' }),
  s: () => go({ page: 'store' }),
  '?': () => (helping.value = true),
  '/': () => document.querySelector<HTMLElement>(':is(.scope, .ask) .add')?.click(),
}

const ExplorePage = lazy(
  async () => {
    const [page] = await Promise.all([
      import('./explore/explore.tsx'),
      import('./style/lists.css'),
      import('./style/menus.css'),
      import('./style/opened.css'),
      import('./style/explore.css'),
    ])
    return page.Explore
  },
  () => <div class="wait" />,
)
const VisitorsPage = lazy(
  async () => {
    const [page] = await Promise.all([
      import('./visitors/visitors.tsx'),
      import('./style/lists.css'),
      import('./style/visitors.css'),
    ])
    return page.Visitors
  },
  () => <div class="wait" />,
)
const PipelinePage = lazy(
  async () => {
    const [page] = await Promise.all([import('./pipeline/pipeline.tsx'), import('./style/pipeline.css')])
    return page.Pipeline
  },
  () => <div class="wait" />,
)
const StorePage = lazy(
  async () => {
    const [page] = await Promise.all([
      import('./store/store-page.tsx'),
      import('./style/pipeline.css'),
      import('./style/store.css'),
    ])
    return page.StorePage
  },
  () => <div class="wait" />,
)
const Receipt = lazy<object>(
  async () => (await import('./panels/receipt.tsx')).Receipt,
  () => <footer class="receipt" />,
)
const ScanBar = lazy<object>(
  async () => {
    const [bar] = await Promise.all([import('./panels/scan-bar.tsx'), import('./style/opened.css')])
    return bar.ScanBar
  },
  () => null,
)
const Help = lazy(
  async () => {
    const [help] = await Promise.all([import('./help.tsx'), import('./style/opened.css')])
    return help.Help
  },
  () => null,
)

/** Before the catalog nothing is known of what there is to draw. */
function NoCatalog(): JSX.Element {
  return (
    <div class="wait">
      {catalog.value === null ? (
        catalogFault.value !== null && (
          <p class="i2">
            The API does not tell what there is to show: {catalogFault.value}. It is asked again each second.
          </p>
        )
      ) : (
        <p class="i2">
          No source was ever counted into this store. As soon as a worker opens one, it shows here.
        </p>
      )}
    </div>
  )
}

export function App(): JSX.Element {
  // Before the first paint: who sees the page may press a key.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLSelectElement ||
        // What is open says so itself: that a box closed is told to the page some time after it is gone.
        document.querySelector('dialog[open]') !== null
      )
        return
      const does = keys[event.key.toLowerCase()]
      if (does === undefined) return
      event.preventDefault()
      does()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  const page = view.value.page
  useLayoutEffect(() => {
    document.title = `${pages.find(({ name }) => name === page)!.title} · Tidemark`
  }, [page])
  const ready = (catalog.value?.length ?? 0) > 0
  return (
    <>
      <a class="skip" href="#main">
        To the numbers
      </a>
      <Header />
      <Scope />
      {/* Another zone is another page: every time is written anew. */}
      <main id="main" tabIndex={-1} key={`${view.value.tz}`}>
        {page === 'store' ? (
          <StorePage />
        ) : !ready ? (
          <NoCatalog />
        ) : page === 'explore' ? (
          <ExplorePage />
        ) : page === 'visitors' ? (
          <VisitorsPage />
        ) : page === 'pipeline' ? (
          <PipelinePage />
        ) : (
          <Overview />
        )}
      </main>
      {ready && <Receipt />}
      {page === 'overview' && !isLost.value && scans.value.size + stopped.value.size > 0 && <ScanBar />}
      <LostBar />
      {helping.value && <Help close={() => (helping.value = false)} />}
    </>
  )
}
