/** `tidemark partition skip` and `rebuild` on a running source. */
import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { run as partitionCommand } from '../../cli/commands/partition.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import { frame } from '../log/batches.ts'
import {
  server,
  store,
  broker,
  admin,
  patience,
  start,
  stop,
  fresh,
  send,
  counted,
  standsWith,
} from './started-source.ts'

describe('tidemark partition', { timeout: 90_000 }, () => {
  const command = async (...argv: string[]): Promise<string> => {
    const said: string[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    try {
      await partitionCommand([...argv, '--store', server.url, '--kafka', broker.address])
    } finally {
      spy.mockRestore()
    }
    return said.join('')
  }

  test('skip goes past a batch that cannot be read; every later rebuild does too; a bomb as the last record stops nobody, also after a restart', async () => {
    const source = fresh()
    await admin.createTopic(source.topic, 2)
    await send(source, 0, 2)
    await broker.end()
    const append = (partition: number, batch: Buffer): void => {
      const folder = join(broker.dataDir, `${source.topic}-${partition}`)
      appendFileSync(
        join(
          folder,
          readdirSync(folder)
            .filter((name) => name.endsWith('.log'))
            .at(-1)!,
        ),
        batch,
      )
    }
    append(
      0,
      frame(
        { baseOffset: 1n, records: [], attributes: 1, lastOffsetDelta: 3, count: 4 },
        Buffer.from('no gzip'),
      ),
    )
    append(
      1,
      frame(
        {
          baseOffset: 1n,
          records: [],
          attributes: 1,
          lastOffsetDelta: 1,
          count: 2,
          maxTimestampMs: Date.now(),
        },
        gzipSync(Buffer.alloc(70_000_000)),
      ),
    )
    await broker.restart()
    const first = await start(source)
    await expect
      .poll(
        async () => (await readPosition(store, partitionKeys(source.name, 1, 1), source))?.state.next,
        patience,
      )
      .toBe(3)
    await stop(first)
    await start(source) // the last record that was counted is in the bomb
    await send(source, 0, 2)
    await expect.poll(() => command('list', '--source', source.name), patience).toContain('HALTED UNREADABLE')
    const skip = [
      'skip',
      '--source',
      source.name,
      '--partition',
      '0',
      '--to',
      '5',
      '--why',
      'a broken producer',
    ]
    expect(await command('list', '--source', source.name)).toContain(
      `to go past it: tidemark partition skip --source ${source.name} --partition 0 --to 5 --why "..."`,
    )
    await expect(command(...skip)).rejects.toThrow(
      `4 offsets (1 to 4) of ${source.name}/0 will never be counted. Nothing was changed`,
    )
    await expect(command(...skip, '--yes', `${source.name}/1`)).rejects.toThrow('Nothing was changed')
    await expect(command(...skip.with(6, '99'), '--yes', `${source.name}/0`)).rejects.toThrow('ends at 6')
    expect(await command(...skip, '--yes', `${source.name}/0`)).toContain(
      `done: ${source.name}/0 goes on at offset 5`,
    )
    await expect.poll(() => counted(source), patience).toBe(4)
    await expect.poll(() => command('list', '--source', source.name), patience).not.toContain('HALTED')

    expect(
      await command('rebuild', '--source', source.name, '--why', 'to see', '--yes', source.name),
    ).toContain('generation 2')
    await standsWith(source, '1 old, 2 active')
    await expect.poll(() => counted(source, 2), patience).toBe(4) // it swaps by its own last report
    expect(
      (await readPosition(store, partitionKeys(source.name, 0, 2), source))!.state.offsets,
    ).toMatchObject({ data: 2, skipped: 4 })
    expect((await readPosition(store, partitionKeys(source.name, 1, 2), source))!.state).toMatchObject({
      offsets: { data: 4, skipped: 0 },
      events: { counted: 2, rejected: 1 },
    })
  })

  test('rebuild counts a topic that was made anew, though it holds less', async () => {
    const source = fresh()
    const before = await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    await stop(before)
    for (const partition of [0, 1])
      await store.pipeline([
        ['HSET', partitionKeys(source.name, partition, 1).pos, 'next', 70, 'o:data', 70, 'lastOffset', 69],
      ])
    await start(source)
    await expect
      .poll(() => command('list', '--source', source.name), patience)
      .toContain('HALTED LOG_ENDS_EARLIER')
    expect(await command('list', '--source', source.name)).toContain(
      `to go past it: tidemark partition rebuild --source ${source.name} --why "..."`,
    )
    await command('rebuild', '--source', source.name, '--why', 'made anew', '--yes', source.name)
    await standsWith(source, '1 old, 2 active')
    expect(await counted(source, 2)).toBe(40)
    expect(await command('list', '--source', source.name)).toContain('at the end')
  })
})
