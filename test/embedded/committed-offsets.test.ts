import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CommittedOffsets } from '../../embedded/broker/storage/committed-offsets.ts'

const FILE = 'committed-offsets.jsonl'
const commit = (partition: number, offset: number) => ({
  group: 'g\n"é',
  topic: 't',
  partition,
  offset,
  leaderEpoch: -1,
  metadata: 'note',
})

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-offsets-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

test('the last commit of a place counts, is kept, and history goes at the next start', async () => {
  const dir = await folder()
  const first = await CommittedOffsets.open(dir, () => {})
  await Promise.all(Array.from({ length: 100 }, (_, i) => first.commit([commit(0, i), commit(1, i * 2)])))
  await first.close()
  const second = await CommittedOffsets.open(dir, () => {})
  expect(second.get('g\n"é', 't', 0)?.offset).toBe(99)
  expect(second.allOf('g\n"é').map((c) => c.offset)).toEqual([99, 198])
  await second.close()
  expect((await readFile(join(dir, FILE), 'utf8')).split('\n').length).toBe(3)
})

test('a torn last line costs nothing that was acknowledged, wherever it was torn; a damaged one is named', async () => {
  const dir = await folder()
  const first = await CommittedOffsets.open(dir, () => {})
  await first.commit([commit(0, 1)])
  await first.commit([commit(0, 2)])
  await first.close()
  const size = (await readFile(join(dir, FILE))).length
  for (let cut = 1; cut < size / 2; cut += 7) {
    const said: string[] = []
    await truncate(join(dir, FILE), size - cut)
    const again = await CommittedOffsets.open(dir, (line) => said.push(line))
    expect(again.get('g\n"é', 't', 0)?.offset).toBe(1)
    expect(said.length).toBe(1)
    await again.commit([commit(0, 2)])
    await again.close()
    // Opening rewrote the file: one line of history, one new.
    expect((await readFile(join(dir, FILE))).length).toBe(size)
  }
  await appendFile(join(dir, FILE), '["half\n')
  const said: string[] = []
  const last = await CommittedOffsets.open(dir, (line) => said.push(line))
  expect(last.get('g\n"é', 't', 0)?.offset).toBe(2)
  expect(said[0]).toContain('line 3 is damaged')
  await last.close()
})
