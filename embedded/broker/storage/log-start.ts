import { join } from 'node:path'
import { readJson, writeJson } from './durable-json.ts'
import { UnusableDataFolder } from '../../data-folder.ts'

const FILE = 'log-start.json'

/** Where a log begins when that is not where its oldest file begins: records before it were deleted by request. 0 = nobody said. */
export async function readLogStart(dir: string): Promise<number> {
  const path = join(dir, FILE)
  const saved = (await readJson(path)) as { readonly startOffset?: unknown } | undefined
  if (saved === undefined) return 0
  if (
    typeof saved?.startOffset === 'number' &&
    Number.isSafeInteger(saved.startOffset) &&
    saved.startOffset >= 0
  )
    return saved.startOffset
  throw new UnusableDataFolder(
    `${path} does not say where the log begins; restore it from a copy, or choose another folder by --data DIR`,
  )
}

/** Resolves when it is on the disk. */
export const writeLogStart = (dir: string, startOffset: number): Promise<void> =>
  writeJson(join(dir, FILE), { startOffset })
