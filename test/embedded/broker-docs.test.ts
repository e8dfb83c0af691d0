/** The page of the broker says what the code does. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeRoutes, type Parts } from '../../embedded/broker/routes.ts'
import { settingNames } from '../../embedded/broker/storage/topic-config.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/embedded-broker.md'), 'utf8')

test('the table of requests is the table that clients are told', () => {
  const routes = [...makeRoutes({ defaults: { partitions: 4, autoCreate: true } } as Parts).values()]
  const spoken = routes.map(
    ({ name, versions: [min, max], flexibleFrom }) =>
      `${name} | ${min === max ? min : `${min}-${max}`} | ${flexibleFrom ?? '-'}`,
  )
  const told = [...page.matchAll(/^\| (\w+ \| [\d-]+ \| [\d-]+) \|/gm)].map(([, row]) => row!)
  expect(told.toSorted()).toEqual(spoken.toSorted())
})

test('every setting of a topic is on the page, and no other', () => {
  const table = page.slice(page.indexOf('| Setting |'), page.indexOf('Any other setting'))
  const told = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, names]) =>
    [...names!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!),
  )
  expect(told.toSorted()).toEqual(settingNames.toSorted())
})

test('the clients are at the versions that are fetched', () => {
  const read = (file: string): string => readFileSync(join(root, 'test/campaign/clients', file), 'utf8')
  const pinned = [
    ...[...read('python/requirements.txt').matchAll(/^(\S*kafka\S*)==(.+)$/gm)].map(([, name, version]) => [
      name!,
      version!,
    ]),
    ...[...read('go/go.mod').matchAll(/\/(sarama|kafka-go|franz-go) v(.+)$/gm)].map(([, name, version]) => [
      name!,
      version!,
    ]),
    ...Object.entries(
      (JSON.parse(read('node/package.json')) as { dependencies: Record<string, string> }).dependencies,
    ),
  ]
  expect(pinned.length).toBe(7)
  for (const [name, version] of pinned)
    expect(page).toMatch(new RegExp(`^\\| [^|]*${name}[^|]* \\| ${version!.replaceAll('.', '\\.')}`, 'm'))
})
