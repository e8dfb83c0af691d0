import type { JSX } from 'preact'
import { Glyph } from '../icons.tsx'
import { freshness, type Evidence } from './freshness.ts'

/** The freshness of a panel, a tile or the page. Its weight follows the doubt; `data-state` says it without words. */
export function Chip({ of, size = 'panel' }: { of: Evidence; size?: 'panel' | 'tile' | 'page' }): JSX.Element {
  const { state, words, short } = freshness(of)
  return (
    <span class={`fresh${size === 'page' ? ' big' : ''}`} data-state={state} data-as-of={of.asOfMs ?? undefined}>
      <Glyph name={state} />
      <span>
        {size === 'tile'
          ? short
          : words.map(({ text, strong, reserve }) => (strong ? <b class={reserve ? 'reserve' : undefined}>{text}</b> : text))}
      </span>
    </span>
  )
}
