/** The backups that a schedule keeps, of a process that was given one. */
import type { StoreBackups } from '../../query-api/wire.ts'
import { askedOnce } from './asked-once.ts'
import type { Metrics } from './registry.ts'

export function backupMetrics(metrics: Metrics, everyMs: number, list: () => Promise<StoreBackups>): void {
  const ask = askedOnce(list)
  const kept = async () => (await ask())?.kept ?? null
  const newest = async () => (await kept())?.find(({ verifiedMs }) => verifiedMs !== null)
  metrics.gauge(
    'tidemark_backup_place_up',
    '1 where the place of the backups answered within the last half minute.',
    [],
    async (gauge) => gauge.set((await kept()) === null ? 0 : 1),
  )
  metrics.gauge('tidemark_backup_every_seconds', 'How often the schedule wants a backup.', [], (gauge) =>
    gauge.set(everyMs / 1000),
  )
  metrics.gauge('tidemark_backup_kept', 'Backups that are there, 20 at most.', [], async (gauge) => {
    const all = await kept()
    if (all !== null) gauge.set(all.length)
  })
  metrics.gauge(
    'tidemark_backup_taken_timestamp_seconds',
    'When the newest backup that was restored once was taken.',
    [],
    async (gauge) => {
      const last = await newest()
      if (last !== undefined) gauge.set(last.takenAtMs / 1000)
    },
  )
  metrics.gauge('tidemark_backup_verified_timestamp_seconds', 'When it was restored.', [], async (gauge) => {
    const last = await newest()
    if (last !== undefined) gauge.set(last.verifiedMs! / 1000)
  })
  metrics.gauge('tidemark_backup_size_bytes', 'What it takes in its place.', [], async (gauge) => {
    const last = await newest()
    if (last !== undefined) gauge.set(last.bytes)
  })
  metrics.gauge(
    'tidemark_backup_took_seconds',
    'How long it took, with its rehearsal.',
    [],
    async (gauge) => {
      const last = await newest()
      if (last !== undefined) gauge.set(last.tookMs / 1000)
    },
  )
}
