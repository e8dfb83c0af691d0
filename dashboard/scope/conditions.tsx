/** Filters as chips (is: solid, is not: dashed with a bold operator), groups of which one must hold, and the menu that adds one. */
import type { JSX } from 'preact'
import { Icon } from '../ui/icons.tsx'
import { lazy } from '../ui/lazy.tsx'
import { catalog } from '../state/catalog.ts'
import { filters } from '../state/slots.ts'
import { go } from '../state/navigation.ts'
import { Menu } from '../ui/menu.tsx'
import { Name } from '../ui/name.tsx'
import { valueName } from '../format/names.ts'
import { anyOf, membersOf, operators, turned, type Filter } from '../view/filters.ts'
import type { EditorProps } from './filter-editor.tsx'

const Editor = lazy<EditorProps>(
  async () => {
    const [editor] = await Promise.all([import('./filter-editor.tsx'), import('../style/menus.css')])
    return editor.FilterEditor
  },
  () => null,
)

/** What a filter becomes; null takes it away. */
type Change = (next: Filter | null) => void

const instead = (filter: Filter, next: Filter | null): void =>
  go({ filters: filters.value.flatMap((one) => (one !== filter ? one : next === null ? [] : next)) })

/** Where two sources have a field of one name, whose it is stands before it. */
const isTwice = (name: string): boolean =>
  (catalog.value ?? []).filter(({ fields }) => fields.some((one) => one.name === name)).length > 1

const say = ({ op, field, values }: Filter): string =>
  op === 'exists'
    ? values[0] === 'true'
      ? 'any value'
      : 'none'
    : op === 'between'
      ? values.join(' and ')
      : values.map((value) => (op === 'is' || op === 'not' ? valueName(field, value) : value)).join(', ')

function Chip({
  filter,
  change,
  only,
}: {
  filter: Filter
  change: Change
  only: string | null
}): JSX.Element {
  const { source, field, op } = filter
  const shown = say(filter)
  const said = op === 'exists' ? 'has' : operators[op]
  const turns = turned(filter) !== filter
  return (
    <span class="filt" data-op={op} data-field={field}>
      <span class="f">
        {only === null && source !== null && isTwice(field) ? `${source} ${field}` : field}
      </span>
      {turns ? (
        <button type="button" class="op" title="Turn it around" onClick={() => change(turned(filter))}>
          {said}
        </button>
      ) : (
        <span class="op">{said}</span>
      )}
      <Menu
        label={`Change: ${field} ${said} ${shown}`}
        buttonClass="v cut"
        menuClass="adding"
        button={<Name text={shown} />}
      >
        {(close) => (
          <Editor
            only={source}
            of={filter}
            close={close}
            onDone={(next) => {
              close()
              change(next)
            }}
          />
        )}
      </Menu>
      <button
        type="button"
        class="x"
        aria-label={`Remove: ${field} ${said} ${shown}`}
        onClick={() => change(null)}
      >
        <Icon name="cross" />
      </button>
    </span>
  )
}

/** A filter, or a group, with what adds another condition of which one must hold. */
function Condition({ filter, only }: { filter: Filter; only: string | null }): JSX.Element {
  const members = membersOf(filter)
  const isGroup = filter.op === 'any'
  const change = (i: number, next: Filter | null): void => {
    const left = members.flatMap((one, at) => (at !== i ? one : next === null ? [] : next))
    instead(filter, left.length === 0 ? null : anyOf(left))
  }
  return (
    <span
      class={isGroup ? 'any' : 'one'}
      role={isGroup ? 'group' : undefined}
      aria-label={isGroup ? 'any of' : undefined}
    >
      {isGroup && <span class="i3">any of</span>}
      {members.map((one, i) => (
        <Chip key={i} filter={one} change={(next) => change(i, next)} only={only} />
      ))}
      <Menu
        label="Or another condition"
        buttonClass="ghost or"
        menuClass="adding"
        button={isGroup ? <Icon name="plus" /> : 'or'}
      >
        {(close) => (
          <Editor
            only={filter.source}
            of={null}
            close={close}
            onDone={(next) => {
              close()
              instead(filter, anyOf([...members, next]))
            }}
          />
        )}
      </Menu>
    </span>
  )
}

/** In the place of the one filter of that kind that there is, as a click on a row does. */
const add = (next: Filter): void =>
  go({
    filters: [
      ...filters.value.filter(
        ({ source, field, op }) =>
          source !== next.source || field !== next.field || op !== next.op || !/^(is|exists)$/.test(op),
      ),
      next,
    ],
  })

/** `only`: those of one source. */
export function Conditions({ only }: { only: string | null }): JSX.Element {
  return (
    <>
      {filters.value
        .filter(({ source }) => only === null || source === only)
        .map((filter, i) => (
          <Condition key={i} filter={filter} only={only} />
        ))}
      <Menu
        label="Filter"
        buttonClass="ghost add"
        menuClass="adding"
        spoken
        disabled={catalog.value === null}
        button={
          <>
            <Icon name="plus" />
            Filter
          </>
        }
      >
        {(close) => (
          <Editor
            only={only}
            of={null}
            close={close}
            onDone={(next) => {
              close()
              add(next)
            }}
          />
        )}
      </Menu>
    </>
  )
}
