/** What backups and restores refuse before they begin: each in a sentence that says where, and what to do. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readRestoreConfig } from '../../../cli/commands/store/backup-config.ts'
import { asCommandError } from '../../../cli/commands/store/backup-output.ts'
import { firstOf } from '../../../store/backup/archive-node.ts'
import { BackupError, diskFault } from '../../../store/backup/fault.ts'
import { folderPlace } from '../../../store/backup/folder.ts'
import { manifestOf } from '../../../store/backup/make.ts'
import { alone } from '../../../store/backup/restore-lease.ts'
import type { Store } from '../../../store/connection/connection.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-refusals-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A lease as the store's function gives it, without its time. */
function leases(): Store & { holder: string | null } {
  const state = {
    holder: null as string | null,
    async call(_name: string, _keys: readonly string[], [holder, ms]: [string, number]) {
      if (state.holder !== null && state.holder !== holder) return 0
      state.holder = ms === 0 ? null : holder
      return 1
    },
    each: async () => [state.holder === null ? null : Buffer.from(state.holder)],
  }
  return state as unknown as Store & { holder: string | null }
}

test('of two restores at once the second one changes nothing, and may begin when the first has ended', async () => {
  const store = leases()
  let [end, ran] = [(): void => {}, 0]
  const first = alone(store, 'one', () => new Promise<void>((resolve) => (end = resolve)))
  await expect(alone(store, 'two', async () => ran++)).rejects.toThrow(
    /another restore into this store is under way \(one\): wait .* nothing was changed$/,
  )
  expect(ran).toBe(0)
  end()
  await first
  await expect(alone(store, 'two', async () => Promise.reject(new Error('cut')))).rejects.toThrow('cut')
  await alone(store, 'three', async () => ran++)
  expect([ran, store.holder]).toEqual([1, null])
})

test('a time that has not come is no time of the log', () => {
  const key = join(newFolder(), 'key')
  writeFileSync(key, 'ab'.repeat(32))
  const nowMs = Date.parse('2026-03-01T12:00:00Z')
  const read = (to: string) =>
    readRestoreConfig(['--to', to, '--key-file', key, '--store', 'redis://h:1'], {}, nowMs)
  expect(() => read('2026-03-01T12:02:00Z')).toThrow(
    '--to 2026-03-01T12:02:00Z: that time has not come yet (here it is 2026-03-01T12:00:00.000Z); name one that is over',
  )
  expect(read('2026-03-01T12:00:30Z')!.toMs).toBe(nowMs + 30_000)
  expect(() =>
    readRestoreConfig(['--key-file', join(tmpdir(), 'no such key'), '--store', 'redis://h:1'], {}, nowMs),
  ).toThrow(/cannot be read \(ENOENT\); name the file with the key/)
})

test('a backup without its manifest is damaged, one that is not there is none, and damage says what to do', async () => {
  const folder = newFolder()
  const [name, other] = ['20260301T120000Z-0001', '20260301T120000Z-0002']
  mkdirSync(join(folder, name))
  const place = folderPlace(folder)
  const said = (asked: string): Promise<string> =>
    manifestOf(place, asked, null).then(
      () => '',
      (error: unknown) => (asCommandError(error) as Error).message,
    )
  expect(await said(name)).toBe(
    `the file manifest.json of backup ${name} in ${folder} is missing; nothing mends it: take another backup ("tidemark store backups" lists them), and make a new one`,
  )
  expect(await said(other)).toBe(
    `there is no backup ${other} in ${folder}: tidemark store backups --from ${folder} lists those that are there`,
  )
  mkdirSync(join(folder, name, 'manifest.json'))
  expect(await said(name)).toMatch(/manifest\.json cannot be read \(EISDIR\)$/)
})

test('a folder that takes nothing ends it, with what to do', async () => {
  const fault = (code: string): string =>
    diskFault(Object.assign(new Error(code), { code, syscall: 'open' }), '/b')!.message
  expect(fault('EACCES')).toBe(
    'the folder /b may not be written to (EACCES): let this user write there, or name another folder',
  )
  expect(fault('EROFS')).toMatch(/may not be written to/)
  expect(fault('ENOSPC')).toMatch(/no room left/)
  expect(fault('ELOOP')).toMatch(/name another one$/)
  const file = join(newFolder(), 'file')
  writeFileSync(file, '')
  await expect(folderPlace(join(file, 'b')).draft('20260301T120000Z-0001')).rejects.toThrow(BackupError)
  const deep = join(newFolder(), 'a/b/c')
  await (await folderPlace(deep).draft('20260301T120000Z-0001')).discard()
  // Where no folder can be made, Node's own way of making all of them never ends.
  if (process.platform === 'linux')
    await expect(folderPlace('/proc/tidemark').draft('20260301T120000Z-0001')).rejects.toThrow(
      'the folder /proc/tidemark cannot be used (ENOENT)',
    )
})

test('a replica that gives no copy leaves it to its primary; a full disk of this machine does not', async () => {
  const nodes = [1, 2].map((port) => ({ host: 'h', port }))
  const tried = async (fault: BackupError): Promise<[string | null, number[]]> => {
    const ports: number[] = []
    const work = async ({ port }: { port: number }): Promise<void> => {
      ports.push(port)
      if (port === 1) throw fault
    }
    const said = await firstOf(nodes, work, undefined).then(
      () => null,
      (error: unknown) => (error as Error).message,
    )
    return [said, ports]
  }
  expect(await tried(new BackupError('NOT_COPIED', 'gone'))).toEqual([null, [1, 2]])
  expect(await tried(new BackupError('PLACE', 'no room'))).toEqual(['no room', [1]])
})
