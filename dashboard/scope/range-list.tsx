/** What the range picker opens: a quick list, and From and To in the reader's own words. */
import type { JSX } from 'preact'
import { go, range } from '../state/navigation.ts'
import { quickRanges, sameRange, titleOf } from '../view/range.ts'
import { OwnRange } from './own-range.tsx'

export function RangeList({ close }: { close: () => void }): JSX.Element {
  return (
    <>
      <div>
        {quickRanges.map((one) => (
          <button
            key={`${one.from} ${one.to}`}
            type="button"
            aria-current={sameRange(one, range.value) ? 'true' : undefined}
            onClick={() => {
              close()
              go({ range: one })
            }}
          >
            {titleOf(one)}
          </button>
        ))}
      </div>
      <OwnRange close={close} />
    </>
  )
}
