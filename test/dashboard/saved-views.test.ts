/** Views that a reader named: what is kept, and what is refused in words. */
import { expect, test } from 'vitest'
import {
  MOST_NAME,
  MOST_VIEWS,
  readViews,
  renamed,
  viewNamed,
  withoutView,
  withView,
  type SavedView,
} from '../../dashboard/explore/saved-views.ts'

const slow = { name: 'Slow pages', address: '/explore?show=clicks.load.p95' }
const all = { name: 'All', address: '/explore' }

test('a view is an address under a name; the same name, however written, replaces it in its place', () => {
  const two = withView(withView([], ' Slow  pages ', slow.address) as SavedView[], 'All', all.address)
  expect(two).toEqual([slow, all])
  expect(withView([slow, all], 'slow pages', '/explore?top=8')).toEqual([
    { name: 'slow pages', address: '/explore?top=8' },
    all,
  ])
  expect(viewNamed([slow], 'SLOW PAGES')).toBe(slow)
  expect(readViews(JSON.stringify(two))).toEqual(two)
})

test('is renamed, but not to the name of another; is deleted', () => {
  expect(renamed([slow, all], slow, 'Slowest')).toEqual([{ ...slow, name: 'Slowest' }, all])
  expect(renamed([slow, all], slow, 'SLOW PAGES')).toEqual([{ ...slow, name: 'SLOW PAGES' }, all])
  expect(renamed([slow, all], slow, 'all')).toBe('Another view is called All.')
  expect(withoutView([slow, all], slow)).toEqual([all])
})

test('what cannot be kept is said, and nothing changes', () => {
  const full = Array.from({ length: MOST_VIEWS }, (_, n) => ({ name: `${n}`, address: '/explore' }))
  expect(withView(full, 'one more', '/explore')).toBe('50 views are kept at most: delete one first.')
  expect(withView(full, '7', '/explore?top=3')).toHaveLength(MOST_VIEWS)
  expect(withView([], '  ', '/explore')).toBe('A view needs a name.')
  expect(withView([], 'x'.repeat(MOST_NAME + 1), '/explore')).toContain('at most 80 characters')
  expect(withView([], 'x', `/explore?where=${'y'.repeat(9000)}`)).toContain('too long')
})

test('what somebody else wrote there is no view, and leads nowhere else', () => {
  for (const text of [null, '', 'x', '{}', '7', '[null,7,{"name":"a"}]']) expect(readViews(text)).toEqual([])
  const odd = ['javascript:alert(1)', '//elsewhere.test/explore', '/explorer', '/store']
  expect(readViews(JSON.stringify([...odd.map((address) => ({ name: 'a', address })), all]))).toEqual([all])
  expect(readViews(JSON.stringify(Array.from({ length: 60 }, () => all)))).toHaveLength(MOST_VIEWS)
})
