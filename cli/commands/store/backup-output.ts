import type { BackupProgress } from '../../../store/backup/options.ts'
import type { ScratchSpace } from '../../../store/backup/scratch.ts'
import type { Manifest } from '../../../store/backup/manifest.ts'
import { scratchFolder, startScratchServer } from '../../../embedded/scratch-server.ts'
import { BackupError } from '../../../store/backup/fault.ts'
import { StoreError } from '../../../store/errors.ts'
import { LogError } from '../../../log/errors.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { createProgress } from '../progress.ts'
import { textTable } from '../text-table.ts'

const MEGABYTE = 2 ** 20
const STEPS: Record<Parameters<BackupProgress>[0], string> = {
  copy: 'copying the store',
  keys: 'reading the store key by key',
  archive: 'writing the archive',
  rehearse: 'rehearsing the restore',
  restore: 'restoring',
  replay: 'replaying the log',
}

/** A bar on a terminal, nothing elsewhere. */
export function progressBar(stream: NodeJS.WriteStream): { show: BackupProgress; clear: () => void } {
  const bar = createProgress(stream)
  return {
    show(step, done, total) {
      const unit =
        step === 'copy'
          ? `${(done / MEGABYTE).toFixed(1)} MB`
          : step === 'replay'
            ? `${done} records`
            : `${done} keys`
      bar.show(done, total ?? Infinity, `${STEPS[step]}: ${unit}`)
    },
    clear: () => bar.clear(),
  }
}

export function scratchSpaces(binary: string): () => Promise<ScratchSpace> {
  return async () => {
    const { path, rdb, remove } = await scratchFolder()
    return {
      folder: path,
      rdb,
      remove,
      async start(db) {
        const { port, password, stop } = await startScratchServer(binary, path, db + 1)
        return { url: `redis://127.0.0.1:${port}`, password, stop }
      },
    }
  }
}

/** One line: what it holds, how far it goes, how long it took. */
export function madeText(
  { name, keys, parts, positions, tookMs, verified }: Manifest,
  shown: string,
): string {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  return `backup ${name} in ${shown}: ${keys} keys, ${(bytes / MEGABYTE).toFixed(1)} MB, ${positions.length} partitions; restored once to see that it can be (${seconds(verified.tookMs)}), ${seconds(tookMs)} in all\n`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

export function listText(manifests: readonly (Manifest | BackupError)[]): string {
  const head = ['backup', 'taken at', 'keys', 'MB', 'partitions', 'engine', 'restored once']
  const rows = manifests.map((one) =>
    one instanceof BackupError
      ? [one.message]
      : [
          one.name,
          new Date(one.takenAtMs).toISOString(),
          `${one.keys}`,
          (one.parts.reduce((sum, { bytes }) => sum + bytes, 0) / MEGABYTE).toFixed(1),
          `${one.positions.length}`,
          one.engine,
          new Date(one.verified.atMs).toISOString(),
        ],
  )
  return textTable([head, ...rows])
}

const DAMAGED: ReadonlySet<string> = new Set<BackupError['code']>([
  'MANIFEST_CHANGED',
  'PART_MISSING',
  'PART_CUT',
  'PART_CHANGED',
])

/** What went wrong, as one sentence and an exit code. */
export function asCommandError(error: unknown): unknown {
  if (error instanceof BackupError)
    return new CommandError(
      `${error.message}${DAMAGED.has(error.code) ? '; nothing mends it: take another backup ("tidemark store backups" lists them), and make a new one' : ''}`,
      error.code === 'NOT_AGREED'
        ? exitCodes.usage
        : error.code === 'WRONG_KEY'
          ? exitCodes.config
          : exitCodes.failed,
    )
  if (error instanceof StoreError || error instanceof LogError) return new CommandError(error.message)
  return error
}
