/** Where saved views are kept: in this browser, of one origin; nowhere else. Another tab's changes come at once. */
import { signal } from '@preact/signals'
import { readViews, type SavedView } from './saved-views.ts'

const KEY = 'tidemark.views'

/** Null where the browser does not even let it be read. */
function kept(): SavedView[] | null {
  try {
    return readViews(localStorage.getItem(KEY))
  } catch {
    return null
  }
}

export const savedViews = signal<readonly SavedView[]>(kept() ?? [])

addEventListener('storage', ({ key }) => {
  if (key === KEY || key === null) savedViews.value = kept() ?? []
})

/** What another tab has changed since is in it: a change begins with these. */
export const viewsNow = (): readonly SavedView[] => kept() ?? savedViews.peek()

/** Null where it is kept, or why it is not: then nothing has changed. */
export function keepViews(views: readonly SavedView[]): string | null {
  try {
    localStorage.setItem(KEY, JSON.stringify(views))
  } catch {
    return 'The browser refuses to keep it: its storage is full or switched off. The address bar holds this view too.'
  }
  savedViews.value = views
  return null
}
