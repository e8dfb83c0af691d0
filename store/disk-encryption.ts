/** Whether a folder of this machine lies on an encrypted volume, as far as Linux says: the device below its mount, and what that one is made of (dm-crypt). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** `plain`: this machine does not encrypt it; a provider or the disk itself still may. */
export type Encryption = 'encrypted' | 'plain'

/**
 * Of the folder that a server of this machine works in, by its process. null = it cannot be told: another machine or system, a process of somebody else, a file system
 * without a device of its own.
 */
export function diskEncryption(processId: number, folder: string, root = '/'): Encryption | null {
  try {
    // Another process of this number, or one in a container, works elsewhere.
    if (readlinkSync(join(root, `proc/${processId}/cwd`)) !== folder) return null
    const device = deviceOf(readFileSync(join(root, `proc/${processId}/mountinfo`), 'utf8'), folder)
    if (device === null) return null
    return isCrypt(device, root) ? 'encrypted' : 'plain'
  } catch {
    return null
  }
}

/** `major:minor` of what holds the folder; null where that is no block device. */
export function deviceOf(mountinfo: string, folder: string): string | null {
  let [longest, device] = [-1, null as string | null]
  for (const line of mountinfo.split('\n')) {
    const [, , numbers, , mountPoint] = line.split(' ')
    if (numbers === undefined || mountPoint === undefined) continue
    const place = mountPoint.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const isAbove = place === '/' || folder === place || folder.startsWith(`${place}/`)
    // The last of those at the same place hides the others.
    if (isAbove && place.length >= longest) [longest, device] = [place.length, numbers]
  }
  return device === null || device.startsWith('0:') ? null : device
}

/** Encrypted where it is, or where every device below it is. */
function isCrypt(device: string, root: string): boolean {
  const place = join(root, 'sys/dev/block', device)
  const uuid = read(join(place, 'dm/uuid'))
  if (uuid?.startsWith('CRYPT-')) return true
  const below = list(join(place, 'slaves'))
  return (
    below.length > 0 &&
    below.every((name) => isCrypt(read(join(place, 'slaves', name, 'dev'))?.trim() ?? '', root))
  )
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
