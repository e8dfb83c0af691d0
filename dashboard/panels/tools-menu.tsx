/** What can be done with a panel's numbers: see them as a table, take them as CSV, ask for them elsewhere. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { saySoon } from '../state/announcer.ts'
import { csvOf, curlOf } from './exports.ts'
import { savePng } from './png.ts'

export interface ToolsProps {
  /** The question behind the panel, as in the live stream: `series?metric=...`. */
  readonly text: string
  readonly asTable?: boolean
  readonly onTable?: (() => void) | undefined
  /** A plot stands in the panel. */
  readonly image?: boolean
}

/** Says by the polite region whether it worked: a browser may refuse. */
function copy(text: string): void {
  const done = (words: string) => (): void => saySoon(words)
  void navigator.clipboard.writeText(text).then(done('Copied.'), done('The browser refused to copy.'))
}

export function ToolsMenu({
  text,
  asTable = false,
  onTable,
  image = onTable !== undefined && !asTable,
  close,
}: ToolsProps & { close: () => void }): JSX.Element {
  const csv = csvOf(text)
  return (
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
      {csv !== null && (
        <a href={csv} download onClick={close}>
          <Icon name="save" />
          Download CSV
        </a>
      )}
      {image && (
        <button
          type="button"
          onClick={(event) => {
            savePng(event.currentTarget.closest('.panel')!)
            close()
          }}
        >
          <Icon name="save" />
          Download PNG
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          copy(curlOf(text, location.origin))
          close()
        }}
      >
        <Icon name="copy" />
        Copy as curl
      </button>
    </>
  )
}
