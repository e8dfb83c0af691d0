import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskEncryption, type Encryption } from '../../store/disk-encryption.ts'
import { diagnose, type NodeFacts } from '../../store/doctor.ts'

const healthy = [
  'valkey_version:9.1.2',
  'used_memory:100',
  'maxmemory:1000',
  'maxmemory_policy:noeviction',
  'evicted_keys:0',
  'aof_enabled:1',
  'aof_last_write_status:ok',
  'aof_delayed_fsync:0',
  'connected_slaves:1',
  'master_repl_offset:500',
  'slave0:ip=10.0.0.1,port=1,state=online,offset=500,lag=0',
].join('\r\n')
const facts: NodeFacts = {
  node: 'n',
  info: healthy,
  appendfsync: 'always',
  fsyncMs: 3,
  clockAheadMs: 2,
  encryption: null,
}
const found = (changed: Partial<NodeFacts>, check: string) =>
  diagnose({ ...facts, ...changed }).filter((one) => one.check === check)

test('a healthy server: nothing to do but what cannot be told from afar', () => {
  expect(diagnose(facts).filter(({ verdict }) => verdict !== 'ok')).toMatchObject([
    { check: 'encryption', verdict: 'unknown', todo: expect.stringMatching(/volume/) },
  ])
})

test.each<[check: string, verdict: string, changed: Partial<NodeFacts>, says: RegExp]>([
  ['version', 'fault', { info: healthy.replace('9.1.2', '8.0.1') }, /known to lose data/],
  ['policy', 'fault', { info: healthy.replace('noeviction', 'allkeys-lru') }, /drops keys/],
  ['policy', 'unknown', { info: healthy.replace(/maxmemory_policy.*\r\n/, '') }, /not told/],
  ['disk', 'warning', { info: healthy.replace('aof_enabled:1', 'aof_enabled:0') }, /appendonly is off/],
  ['disk', 'fault', { info: healthy.replace('status:ok', 'status:err') }, /failed/],
  ['disk', 'warning', { appendfsync: 'no' }, /when it likes/],
  ['fsync', 'warning', { fsyncMs: 900 }, /900 ms/],
  ['fsync', 'warning', { info: healthy.replace('fsync:0', 'fsync:4') }, /4 writes waited/],
  ['fsync', 'unknown', { fsyncMs: null }, /no fsync was measured/],
  ['replicas', 'warning', { info: healthy.replace('slaves:1', 'slaves:0') }, /no replica/],
  ['replicas', 'warning', { info: healthy.replace('state=online', 'state=wait_bgsave') }, /1 of 1/],
  ['replicas', 'warning', { info: healthy.replace('offset:500', 'offset:99999999') }, /1 of 1/],
  ['memory', 'warning', { info: healthy.replace('used_memory:100', 'used_memory:900') }, /90 %/],
  ['memory', 'warning', { info: healthy.replace('maxmemory:1000', 'maxmemory:0') }, /not set/],
  ['clock', 'warning', { clockAheadMs: -5000 }, /5000 ms behind/],
  ['encryption', 'warning', { encryption: 'plain' }, /does not encrypt/],
])('%s: %s', (check, verdict, changed, says) => {
  const finding = found(changed, check).find((one) => one.verdict === verdict)
  expect(finding?.says).toMatch(says)
  expect(finding?.todo).toEqual(expect.any(String))
})

test('of its disk: by the device below the mount of its process, through mapped ones, and not of another machine', () => {
  const root = mkdtempSync(join(tmpdir(), 'tidemark-doctor-'))
  const put = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  try {
    put(
      'proc/7/mountinfo',
      '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 253:1 / /var/my\\040data rw - ext4 /dev/mapper/lv rw\n22 20 0:40 / /ram rw - tmpfs tmpfs rw\n',
    )
    const works = (folder: string): Encryption | null => {
      rmSync(join(root, 'proc/7/cwd'), { force: true })
      symlinkSync(folder, join(root, 'proc/7/cwd'))
      return diskEncryption(7, folder, root)
    }
    // A logical volume on an encrypted partition; sda1 is as it is.
    put('sys/dev/block/253:1/dm/uuid', 'LVM-abc')
    put('sys/dev/block/253:1/slaves/dm-0/dev', '253:0\n')
    put('sys/dev/block/253:0/dm/uuid', 'CRYPT-LUKS2-def')
    expect(works('/var/my data/store')).toBe('encrypted')
    expect(works('/var/mine')).toBe('plain')
    expect(works('/ram/store')).toBe(null)
    put('sys/dev/block/253:1/slaves/sdb1/dev', '8:17\n')
    expect(works('/var/my data')).toBe('plain')
    expect(diskEncryption(7, '/elsewhere', root)).toBe(null)
    expect(diskEncryption(8, '/var/mine', root)).toBe(null)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
