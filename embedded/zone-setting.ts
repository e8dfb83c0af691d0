/** A node tells its zone to whoever asks the cluster, where its engine can: Valkey from 8.1. */
import { execFile } from 'node:child_process'

const PATIENCE_MS = 20_000
const [MAJOR, MINOR] = [8, 1]

/** By what `--version` says. Pure. */
export function knowsZones(version: string): boolean {
  const found = /Valkey server v=(\d+)\.(\d+)/i.exec(version)
  if (found === null) return false
  const [major, minor] = [Number(found[1]), Number(found[2])]
  return major > MAJOR || (major === MAJOR && minor >= MINOR)
}

/** Settings for a server of this program; none where it cannot tell. */
export async function zoneSettings(binary: string, zone: string): Promise<Readonly<Record<string, string>>> {
  const version = await new Promise<string>((resolve) =>
    execFile(binary, ['--version'], { timeout: PATIENCE_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    ),
  )
  return knowsZones(version) ? { 'availability-zone': zone } : {}
}
