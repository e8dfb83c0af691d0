import { join } from 'node:path'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { run as replay } from '../../cli/commands/replay.ts'
import { readReplayConfig } from '../../cli/commands/replay-config.ts'
import { partitionFor } from '../../log/murmur2.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { freePort } from '../harness/ports.ts'
import { readTopic } from './read-topic.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
const nab = [
  'ambient_temperature_system_failure',
  'ec2_cpu_utilization_24ae8d',
  'machine_temperature_system_failure',
].map((name) => join(fixtures, 'nab', `${name}.csv`))
const folder = mkdtempSync(join(tmpdir(), 'tidemark-replay-'))
let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await broker.stop()
})

async function printed(argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' }
  const take = (to: 'out' | 'err') => (text: string | Uint8Array) => {
    said[to] += String(text)
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(take('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(take('err')),
  ]
  try {
    return { code: await replay(argv), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

test('three NAB series and a web log arrive whole, in order, under the partitions of their keys', async () => {
  const sent = JSON.parse(
    (await printed([...nab, '--preset', 'nab', '--kafka', broker.address, '--json'])).out,
  ) as { records: number; partitions: number[] }
  expect(sent).toMatchObject({ records: 1_200, outOfOrder: 0, skipped: 0, unsure: 0, topic: 'readings' })
  const readings = await readTopic(broker.address, 'readings')
  expect(readings.length).toBe(1_200)
  const lastByPartition = new Map<number, string>()
  for (const { partition, key, value } of readings) {
    const event = JSON.parse(value!.toString()) as { ts: string; device: string }
    expect(key).toBe(event.device)
    expect(partition).toBe(partitionFor(Buffer.from(event.device), 4))
    expect(event.ts >= (lastByPartition.get(partition) ?? '')).toBe(true)
    lastByPartition.set(partition, event.ts)
  }
  expect(sent.partitions).toEqual(
    [0, 1, 2, 3].map((p) => readings.filter(({ partition }) => partition === p).length),
  )

  const told = await printed([
    join(fixtures, 'weblog/access.tsv.gz'),
    '--preset',
    'weblog',
    '--kafka',
    broker.address,
    '--shift',
    'all',
    '--limit',
    '450',
  ])
  expect(told.out).toContain('450 events sent to topic clicks')
  const clicks = await readTopic(broker.address, 'clicks')
  expect(clicks.length).toBe(450)
})

test('flags alone map a file of any make, and --to stdout shows it first', async () => {
  const file = join(folder, 'orders_1.csv')
  writeFileSync(file, 'when,sum,note\n2026-05-01 10:00:00,"1,5",x\n')
  const argv = [
    file,
    '--time',
    'when',
    '--utc',
    '--map',
    'note=note',
    '--map',
    'sum=sum',
    '--set',
    'shop=@prefix',
    '--set',
    'n=7',
    '--number',
    'n',
    '--to',
    'stdout',
  ]
  const { out, err, code } = await printed(argv)
  expect({ code, event: JSON.parse(out) as unknown }).toEqual({
    code: 0,
    event: { ts: '2026-05-01T10:00:00.000Z', note: 'x', sum: '1,5', shop: 'orders', n: 7 },
  })
  expect(err).toContain('1 events')
  await expect(replay([...argv, '--number', 'n,sum'])).rejects.toThrow(/given twice/)
  await expect(replay([...argv.slice(0, -4), '--number', 'n,sum', '--to', 'stdout'])).rejects.toMatchObject({
    exitCode: 1,
    message: `${file}:2: column sum: "1,5" is not a number`,
  })
})

test('a mapping file says what flags say, and flags win over it', () => {
  const file = join(folder, 'mapping.json')
  writeFileSync(
    file,
    JSON.stringify({
      topic: 'a',
      key: 'k',
      time: { column: 'when', utc: true },
      fields: { k: { column: 'x' } },
    }),
  )
  expect(readReplayConfig(['f.csv', '--mapping', file, '--topic', 'b'])).toMatchObject({
    topic: 'b',
    mapping: {
      key: 'k',
      time: { column: 'when', field: 'ts', utc: true },
      fields: { k: { column: 'x', as: 'string' } },
    },
  })
  writeFileSync(file, JSON.stringify({ time: {}, fields: { k: { colunm: 'x' } }, more: 1 }))
  try {
    readReplayConfig(['f.csv', '--mapping', file])
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 78 })
    // All faults at once.
    for (const word of ['time.column', 'fields.k', 'more']) expect(String(error)).toContain(word)
  }
})

test.each([
  [[], /Name the files/],
  [['f.csv'], /Say where the events go/],
  [['f.csv', '--preset', 'nba'], /--preset is one of nab, weblog, not "nba"/],
  [['f.csv', '--preset', 'nab', '--mapping', 'm.json'], /exclude each other/],
  [['f.csv', '--topic', 't', '--shift', 'some'], /--shift is one of/],
  [['f.csv', '--topic', 't', '--speed', '-1'], /--speed -1/],
  [['f.csv', '--topic', 't', '--map', 'ts'], /write FIELD=COLUMN/],
  [['f.csv', '--topic', 't', '--map'], /--map needs a value/],
  [['f.csv', '--tpoic', 't'], /did you mean --topic\?/],
])('wrong usage %j is one sentence and exit code 2', async (argv, says) => {
  await expect(replay(argv)).rejects.toMatchObject({
    name: 'CommandError',
    exitCode: 2,
    message: expect.stringMatching(says) as string,
  })
})

test('a log that is not there is one sentence and exit code 1', async () => {
  const address = `127.0.0.1:${await freePort()}`
  await expect(replay([nab[0]!, '--preset', 'nab', '--kafka', address])).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining('--kafka') as string,
  })
})
