/** What a server program is, by its own word: `Valkey server v=9.1.2 ...`, `Redis server v=7.0.15 ...`. */
import { execFile } from 'node:child_process'
import type { EngineVersion } from '../store/engine-version.ts'

const PATIENCE_MS = 30_000

/** Throws an Error with a sentence where it is no such program. */
export async function engineOf(binary: string): Promise<EngineVersion> {
  const said = await new Promise<string>((resolve) =>
    execFile(binary, ['--version'], { timeout: PATIENCE_MS }, (error, stdout) =>
      resolve(error ? '' : stdout),
    ),
  )
  const found = /^(redis|valkey)\s+server\s+v=(\d+\.\d+\.\d+)/im.exec(said)
  if (found === null)
    throw new Error(`${binary} is no Valkey or Redis server that runs here (it was asked for --version)`)
  return { family: found[1]!.toLowerCase() as EngineVersion['family'], version: found[2]! }
}
