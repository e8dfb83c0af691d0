/** The few symbols of the page: 16 px strokes for controls, 10 px glyphs for states. None stands without words beside it or an aria-label. */
import type { JSX } from 'preact'

const icons = {
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2" />,
  save: <path d="M8 3v6.5M5 7l3 3 3-3M3.5 12.5h9" />,
  plus: <path d="M8 3.5v9M3.5 8h9" />,
  minus: <path d="M4 8h8" />,
  cross: <path d="M4.5 4.5l7 7M11.5 4.5l-7 7" />,
  help: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M6.4 6.4c0-2 3.2-2 3.2 0 0 1.2-1.6 1.3-1.6 2.5M8 11.2h.01" />
    </>
  ),
  pause: <path d="M6 4v8M10 4v8" />,
  play: <path d="M5.5 3.8v8.4L12 8z" />,
  down: <path d="M5 6.5 8 9.5 11 6.5" />,
  table: <path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6" />,
  chart: <path d="M2.5 3v10h11M4.5 10.5l2.5-3.5 2.5 2 3.5-5" />,
  copy: <path d="M5.5 5.5h7v7h-7zM3.5 10.5v-7h7" />,
  check: <path d="M3.5 8.5l3 3 6-7" />,
  theme: (
    <>
      <circle cx="8" cy="8" r="5.25" />
      <path d="M8 2.75a5.25 5.25 0 0 1 0 10.5z" fill="currentColor" />
    </>
  ),
} satisfies Record<string, JSX.Element>

const glyphs = {
  exact: <circle cx="5" cy="5" r="3" fill="currentColor" stroke="none" />,
  approx: <path d="M1 3.8q2-2.4 4 0t4 0M1 7.2q2-2.4 4 0t4 0" stroke-width="1.2" />,
  partial: (
    <>
      <circle cx="5" cy="5" r="3.6" stroke-width="1.2" />
      <path d="M5 1.4A3.6 3.6 0 1 1 1.4 5H5z" fill="currentColor" stroke="none" />
    </>
  ),
  behind: <path d="M1.5 2 4.5 5 1.5 8M5.5 2 8.5 5 5.5 8" stroke-width="1.4" />,
  stale: (
    <>
      <circle cx="5" cy="5" r="3.9" stroke-width="1.2" />
      <path d="M5 2.8V5l1.6 1" stroke-width="1.2" />
    </>
  ),
  lost: <circle cx="5" cy="5" r="3.8" stroke-width="1.4" stroke-dasharray="2.4 2.2" />,
  ok: <circle cx="5" cy="5" r="2" fill="currentColor" stroke="none" />,
  quiet: <circle cx="5" cy="5" r="3" stroke-width="1.4" />,
  check: <path d="M1.5 5.4 4 7.8 8.6 2.4" stroke-width="1.6" />,
  bad: <path d="M5 1.2 9.2 8.6H.8z" fill="currentColor" stroke="none" />,
  held: <path d="M3.2 2v6M6.8 2v6" stroke-width="1.6" />,
} satisfies Record<string, JSX.Element>

export type IconName = keyof typeof icons
export type GlyphName = keyof typeof glyphs

export const Icon = ({ name }: { name: IconName }): JSX.Element => (
  <svg class="ic" viewBox="0 0 16 16" aria-hidden="true">
    {icons[name]}
  </svg>
)
export const Glyph = ({ name }: { name: GlyphName }): JSX.Element => (
  <svg class="gl" viewBox="0 0 10 10" aria-hidden="true">
    {glyphs[name]}
  </svg>
)
export const Mark = (): JSX.Element => (
  <svg viewBox="0 0 20 20" aria-hidden="true">
    <path
      d="M2 6.5H18M2 12.2c1.6 0 2.4-1.7 4-1.7s2.4 1.7 4 1.7 2.4-1.7 4-1.7 2.4 1.7 4 1.7M2 16.7c1.6 0 2.4-1.7 4-1.7s2.4 1.7 4 1.7 2.4-1.7 4-1.7 2.4 1.7 4 1.7"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
    />
  </svg>
)
