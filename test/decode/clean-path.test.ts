import { expect, test } from 'vitest'
import { cleanPath, queryOf } from '../../model/decode/clean-path.ts'
import { rowsOf, sourceOf } from './source.ts'

test.each([
  ['/blog', '/blog'],
  ['/blog/', '/blog'],
  ['/blog///', '/blog'],
  ['/blog?utm_source=x', '/blog'],
  ['/blog/?utm_source=y&fbclid=abc', '/blog'],
  ['/blog#top', '/blog'],
  ['/blog?a#top?b', '/blog'],
  ['/%C3%BCber', '/über'],
  ['/%c3%bcber', '/über'],
  ['/über', '/über'],
  ['/u\u0308ber', '/über'],
  ['/u%CC%88ber', '/über'],
  ['/#/blog', '/#/blog'],
  ['/#/blog/?utm_source=x', '/#/blog'],
  ['/app/?x=1#!/blog/', '/app#!/blog'],
  ['/#/', '/#/'],
  ['/', '/'],
  ['//', '/'],
  ['', '/'],
  ['?utm_source=x', '/'],
  ['/bad%E0%A4', '/bad%E0%A4'],
  ['/bad%e0%a4%41', '/bad%e0%a4A'],
  ['/%zz%', '/%zz%'],
  ['/%ED%A0%80', '/%ED%A0%80'],
  ['/%EF%BF%BD', '/\ufffd'],
  ['/a%2fb%3F%23%25', '/a%2Fb%3F%23%25'],
  ['/a%20b%0a', '/a b%0A'],
  ['/%F0%9F%98%80', '/😀'],
  ['/Blog', '/Blog'],
  ['HTTPS://Shop.Example/Blog/?x', 'https://shop.example/Blog'],
  ['https://shop.example', 'https://shop.example/'],
])('%s is the page %s', (text, page) => {
  expect(cleanPath(text)).toBe(page)
  expect(cleanPath(page)).toBe(page)
})

test('small letters where that is asked for', () => {
  expect(cleanPath('/BLOG/%C3%9CBER', true)).toBe('/blog/über')
})

test.each([
  ['/blog?utm_source=x', 'x'],
  ['/blog?a=1&utm_source=y%26z+w&utm_source=2', 'y&z w'],
  ['/blog?utm%5Fsource=u%CC%88', 'ü'],
  ['/#/blog?utm_source=h', 'h'],
  ['/?utm_source=a#/blog?utm_source=b', 'a'],
  ['/?utm_source=', null],
  ['/?utm_source', null],
  ['/utm_source=x', null],
  ['/#utm_source=x', null],
  ['/?xutm_source=x', null],
])('%s came by %s', (text, source) => expect(queryOf(text, 'utm_source')).toBe(source))

test('a field of the page and one of its campaign, from the same place; as it came where nothing is said', () => {
  const source = sourceOf({
    fields: {
      k: 'string?',
      path: { type: 'string', clean: 'path' },
      small: { type: 'string', from: 'path', clean: ['path', 'lowercase'] },
      campaign: { type: 'string?', from: 'path', query: 'utm_source' },
      sent: { type: 'string', from: 'path' },
    },
  })
  expect(rowsOf(source, '{"ts":1795555600000,"path":"/Blog/?utm_source=x"}')).toMatchObject([
    { path: '/Blog', small: '/blog', campaign: 'x', sent: '/Blog/?utm_source=x' },
  ])
  expect(rowsOf(source, '{"ts":1795555600000,"path":"/blog"}')).toMatchObject([{ campaign: null }])
})
