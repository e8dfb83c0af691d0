/** Saved views: save this one under a name, open, rename, delete. */
import { useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { go, view } from '../state/navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { Menu } from '../ui/menu.tsx'
import { addressOf, viewOf } from '../view/view.ts'
import { keepViews, savedViews, viewsNow } from './kept-views.ts'
import {
  MOST_NAME,
  renamed,
  viewNamed,
  withoutView,
  withView,
  type Changed,
  type SavedView,
} from './saved-views.ts'

/** Null where it worked, or what is to be said. */
const take = (changed: Changed): string | null => (typeof changed === 'string' ? changed : keepViews(changed))

interface NameProps {
  readonly label: string
  readonly at: string
  /** What the button says of a name. */
  readonly verb: (name: string) => string
  /** Null where it worked, or why not. */
  readonly onName: (name: string) => string | null
  /** Escape leaves it; without this it closes the menu. */
  readonly onLeave?: () => void
}

function NameForm({ label, at, verb, onName, onLeave }: NameProps): JSX.Element {
  const [name, setName] = useState(at)
  const [fault, setFault] = useState<string | null>(null)
  return (
    <form
      class="naming"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || onLeave === undefined) return
        event.stopPropagation()
        onLeave()
      }}
      onSubmit={(event) => {
        event.preventDefault()
        setFault(onName(name))
      }}
    >
      <input
        aria-label={label}
        placeholder={label}
        value={name}
        maxLength={MOST_NAME}
        aria-invalid={fault !== null}
        onInput={(event) => {
          setName(event.currentTarget.value)
          setFault(null)
        }}
      />
      <button type="submit" class="btn sm">
        {verb(name)}
      </button>
      {fault !== null && (
        <p class="bad" role="alert">
          {fault}
        </p>
      )}
    </form>
  )
}

const open = ({ address }: SavedView): void =>
  go(viewOf('/explore', address.slice('/explore'.length), Date.now()))

interface SavedProps {
  readonly one: SavedView
  readonly at: number
  readonly isHere: boolean
  readonly onOpen: () => void
  readonly onRename: () => void
  readonly onDelete: () => void
}

function Saved({ one, at, isHere, onOpen, onRename, onDelete }: SavedProps): JSX.Element {
  return (
    <div class="saved" data-view={at}>
      <button type="button" aria-current={isHere ? 'true' : undefined} onClick={onOpen}>
        <span class="cut">{one.name}</span>
      </button>
      <button type="button" class="link" aria-label={`Rename ${one.name}`} onClick={onRename}>
        rename
      </button>
      <button type="button" class="link" aria-label={`Delete ${one.name}`} onClick={onDelete}>
        delete
      </button>
    </div>
  )
}

function Views({ address, close }: { address: string; close: () => void }): JSX.Element {
  const [renaming, setRenaming] = useState<string | null>(null)
  const [gone, setGone] = useState<{ view: SavedView; at: number } | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const root = useRef<HTMLDivElement>(null)
  const views = savedViews.value
  const focusOn = (selector: string): void =>
    void requestAnimationFrame(() => root.current?.querySelector<HTMLElement>(selector)?.focus())
  const save = (name: string): string | null => {
    const said = take(withView(viewsNow(), name, address))
    if (said === null) close()
    return said
  }
  const leave = (at: number): void => {
    setRenaming(null)
    focusOn(`[data-view="${at}"] button`)
  }
  const rename = (one: SavedView, at: number, name: string): string | null => {
    const said = take(renamed(viewsNow(), one, name))
    if (said === null) leave(at)
    return said
  }
  const remove = (one: SavedView, at: number): void => {
    const said = take(withoutView(viewsNow(), one))
    setFault(said)
    if (said !== null) return
    setGone({ view: one, at })
    focusOn('.gone button')
  }
  const undo = ({ view: one, at }: { view: SavedView; at: number }): void => {
    const said = take(viewsNow().toSpliced(at, 0, one))
    setFault(said)
    if (said === null) setGone(null)
    focusOn(`[data-view="${at}"] button`)
  }
  return (
    <div ref={root}>
      <NameForm
        label="Name of this view"
        at={views.find((one) => one.address === address)?.name ?? ''}
        verb={(name) => (viewNamed(views, name) === undefined ? 'Save' : 'Replace')}
        onName={save}
      />
      <div class="options" role="group" aria-label="Saved views">
        {views.map((one, at) =>
          renaming === one.name ? (
            <NameForm
              key={one.name}
              label={`New name of ${one.name}`}
              at={one.name}
              verb={() => 'Rename'}
              onLeave={() => leave(at)}
              onName={(name) => rename(one, at, name)}
            />
          ) : (
            <Saved
              key={one.name}
              one={one}
              at={at}
              isHere={one.address === address}
              onOpen={() => {
                close()
                open(one)
              }}
              onRename={() => {
                setRenaming(one.name)
                focusOn('.options form input')
              }}
              onDelete={() => remove(one, at)}
            />
          ),
        )}
      </div>
      {views.length === 0 && gone === null && (
        <p class="i3">
          None yet. A saved view is this question with its filters and range, kept in this browser.
        </p>
      )}
      {fault !== null && (
        <p class="bad" role="alert">
          {fault}
        </p>
      )}
      {gone !== null && (
        <div class="saved gone" role="status">
          <span class="cut">Deleted {gone.view.name}</span>
          <button type="button" class="link" onClick={() => undo(gone)}>
            Undo
          </button>
        </div>
      )}
    </div>
  )
}

export function ViewsMenu(): JSX.Element {
  const address = addressOf(view.value, '')
  const here = savedViews.value.find((one) => one.address === address)
  return (
    <Menu
      label={here === undefined ? 'Saved views' : `Saved views: ${here.name}`}
      buttonClass="btn sm"
      menuClass="right views"
      button={
        <>
          <span class="cut">{here === undefined ? 'Views' : here.name}</span>
          <Icon name="down" />
        </>
      }
    >
      {(close) => <Views address={address} close={close} />}
    </Menu>
  )
}
