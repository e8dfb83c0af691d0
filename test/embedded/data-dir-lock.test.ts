import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startBroker } from '../../embedded/broker/broker.ts'
import { keepPassword } from '../../embedded/store-secret.ts'
import { identityOf, isAlive, lockDataDir } from '../../embedded/data-dir-lock.ts'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-lock-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const broker = (dataDir: string) => startBroker({ host: '127.0.0.1', port: 0, dataDir, log: () => {} })

test('two brokers never share a folder, and a released one is free', async () => {
  const dir = await folder()
  const first = await broker(dir)
  await expect(broker(dir)).rejects.toThrow(`in use by process ${process.pid}`)
  await first.close()
  await (await broker(dir)).close()
})

test('the lock of a dead process is taken over', async () => {
  const dir = await folder()
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  await writeFile(join(dir, 'lock.7'), JSON.stringify({ pid, startedAt: '1' }))
  await (await lockDataDir(dir)).release()
  expect(await readdir(dir)).toEqual(['lock.8'])
})

test('a lock that is no lock, or that names another life of the same number, is taken over', async () => {
  const dir = await folder()
  for (const text of ['', '{', JSON.stringify({ pid: process.pid, startedAt: '1' })]) {
    await rm(join(dir, 'lock.8'), { force: true })
    await writeFile(join(dir, 'lock.7'), text)
    await (await lockDataDir(dir)).release()
  }
})

test('of many that take over a stale lock at once, one wins', async () => {
  for (let round = 0; round < 50; round++) {
    const dir = await folder()
    await writeFile(join(dir, 'lock.7'), 'stale')
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dir)))
    expect(tries.filter((one) => one.status === 'fulfilled').length).toBe(1)
  }
})

test('a process is told apart from its end', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const identity = await identityOf(child.pid!)
  expect(await isAlive(identity)).toBe(true)
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await closed
  expect(await isAlive(identity)).toBe(false)
})

test('a password file that is none, or cannot be read, is one sentence that says how to go on', async () => {
  const spoilt: [why: RegExp, spoil: (file: string) => Promise<unknown>][] = [
    [/holds no password/, (file) => writeFile(file, '')],
    [/holds no password/, (file) => writeFile(file, Buffer.from([0xff, 0xfe, 0x20]))],
    [/cannot be read \(EISDIR\)/, (file) => mkdir(file)],
    [/cannot be read \(ENOENT\)/, (file) => symlink('/nowhere/at/all', file)],
  ]
  for (const [why, spoil] of spoilt) {
    const dir = await folder()
    await spoil(join(dir, 'password'))
    const refused = await keepPassword(dir).catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'UnusableDataFolder', message: expect.stringMatching(why) })
    expect((refused as Error).message).toMatch(/; remove it, and a new one is made$/)
  }
})
