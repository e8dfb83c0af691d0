// npm start: from a fresh clone to live charts. Needs Node and nothing else; writes only below this folder.
// Node's own modules alone are imported before the packages exist, and nothing newer than the oldest Node that can read this file.
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`tidemark needs Node 20.19 or newer, and this is Node ${process.versions.node}.`)
  process.exit(3)
}

const readOnly = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
}

try {
  const { findStoreServer } = await import('./bootstrap/engine.mjs')
  const { installPackages } = await import('./bootstrap/packages.mjs')
  const { build } = await import('./build.mjs')
  const flags = process.argv.slice(2)
  const asksOnly = ['--help', '-h', '--version'].some((flag) => flags.includes(flag))
  const ownStore =
    flags.some((flag) => flag === '--store' || flag.startsWith('--store=')) || process.env.TIDEMARK_STORE
  // First, because it may end in "install this": nobody should wait for packages before hearing that.
  if (!asksOnly && !ownStore)
    process.env.TIDEMARK_STORE_BIN = await findStoreServer({ root, say: console.log })
  await installPackages(root, console.log)
  if (await build()) console.log('built server and page')
  // Not a child but this very process becomes `tidemark up`: one pid for signals and exit code.
  const main = join(root, 'dist/cli/main.js')
  process.argv = [process.argv[0], main, 'up', ...flags]
  await import(pathToFileURL(main).href)
} catch (error) {
  const why = readOnly[error.code]
  console.error(`tidemark cannot start: ${why ? `${why} at ${error.path ?? root}` : error.message}`)
  process.exitCode = error.code === 'ENGINE_MISSING' ? 3 : 1
}
