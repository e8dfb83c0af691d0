/** What the address says and the page leaves out: a link must not show another view than the one who sent it saw, without a word. */
import type { JSX } from 'preact'
import { catalog } from '../state/catalog.ts'
import { given, view } from '../state/navigation.ts'
import { unheld } from '../state/slots.ts'
import { filterAddress } from '../view/filters.ts'
import { leftOutOf } from '../view/left-out.ts'

const LONGEST = 300

export function LeftOut(): JSX.Element {
  const { source } = view.value
  const isElsewhere =
    source !== null && catalog.value !== null && !catalog.value.some((one) => one.source === source)
  const texts = [
    ...leftOutOf(given.value, Date.now()),
    ...unheld.value.map((filter) => `where=${filterAddress(filter)}`),
    ...(isElsewhere ? [`source=${source}`] : []),
  ]
  return (
    <div role="status">
      {texts.length > 0 && (
        <p class="note left-out">
          Left out of this address, because it means nothing here:{' '}
          <bdi>{texts.join(', ').slice(0, LONGEST)}</bdi>
        </p>
      )}
    </div>
  )
}
