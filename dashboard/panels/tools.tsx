/** What can be done with a panel's numbers: see them as a table, take them as CSV, ask for them elsewhere. */
import type { JSX } from 'preact'
import { Icon } from '../icons.tsx'
import { saySoon } from '../live/say.ts'
import { Menu } from './menu.tsx'

interface Props {
  readonly title: string
  /** The question behind the panel, as in the live stream: `series?metric=...`. */
  readonly text: string
  readonly asTable?: boolean
  readonly onTable?: () => void
}

export const curlOf = (text: string): string => `curl '${location.origin}/v1/${text}'`

/** Says by the polite region whether it worked: a browser may refuse. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    saySoon('Copied.')
    return true
  } catch {
    saySoon('The browser refused to copy.')
    return false
  }
}

export function PanelTools({ title, text, asTable = false, onTable }: Props): JSX.Element {
  return (
    <Menu label={`${title}: more`} button={<Icon name="more" />} buttonClass="ib small" menuClass="right">
      {(close) => (
        <>
          {onTable !== undefined && (
            <button
              type="button"
              onClick={() => {
                onTable()
                close()
              }}
            >
              <Icon name={asTable ? 'chart' : 'table'} />
              {asTable ? 'Show as a chart' : 'Show as a table'}
            </button>
          )}
          {text.startsWith('series') && (
            <a href={`/v1/${text.replace('&compare=previous', '')}&format=csv`} download onClick={close}>
              <Icon name="save" />
              Download CSV
            </a>
          )}
          <button
            type="button"
            onClick={() => {
              void copyText(curlOf(text))
              close()
            }}
          >
            <Icon name="copy" />
            Copy as curl
          </button>
        </>
      )}
    </Menu>
  )
}
