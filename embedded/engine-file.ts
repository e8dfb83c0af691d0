/** The server program of one data folder, where it was changed while the server ran: it holds for every later start too. */
import { existsSync, readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreBinaries } from './store-binaries.ts'

const FILE = 'engine.json'

/** Null = the server runs by what its supervisor was given. Also where the program is not there any more. */
export function readEngine(dataDir: string): StoreBinaries | null {
  try {
    const { server, checkAof } = JSON.parse(
      readFileSync(join(dataDir, FILE), 'utf8'),
    ) as Partial<StoreBinaries>
    if (typeof server !== 'string' || !existsSync(server)) return null
    return { server, checkAof: typeof checkAof === 'string' && existsSync(checkAof) ? checkAof : null }
  } catch {
    return null
  }
}

/** From the next start on; null = again by what the supervisor is given. */
export async function writeEngine(dataDir: string, engine: StoreBinaries | null): Promise<void> {
  const file = join(dataDir, FILE)
  if (engine === null) return rm(file, { force: true })
  await writeFile(`${file}.${process.pid}`, `${JSON.stringify(engine)}\n`, { mode: 0o600 })
  await rename(`${file}.${process.pid}`, file)
}
