import type { JSX } from 'preact'
import { go, range, view } from '../state/navigation.ts'
import { againstOf, COMPARISONS } from '../view/compare.ts'

export const CompareList = ({ close }: { close: () => void }): JSX.Element => (
  <div role="group" aria-label="Compared with">
    {[null, ...COMPARISONS].map((one) => (
      <button
        key={one}
        type="button"
        aria-current={one === view.value.compare ? 'true' : undefined}
        onClick={() => {
          close()
          go({ compare: one })
        }}
      >
        {one === null
          ? 'nothing'
          : `${againstOf(one, range.value)}${one === 'previous_year' ? ', same weekday' : ''}`}
      </button>
    ))}
  </div>
)
