#!/usr/bin/env node
// The `tidemark` command of an installed package. `tidemark up` needs a store server: it is found, or fetched into ./.tidemark, before anything starts.
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'

const root = fileURLToPath(new URL('..', import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`tidemark needs Node 20.19 or newer, and this is Node ${process.versions.node}.`)
  process.exit(3)
}

const [command, ...flags] = process.argv.slice(2)
const asksOnly = ['--help', '-h', '--version'].some((flag) => flags.includes(flag))
const ownStore =
  flags.some((flag) => flag === '--store' || flag.startsWith('--store=')) || process.env.TIDEMARK_STORE
try {
  if (['up', 'store-server'].includes(command) && !asksOnly && !ownStore) {
    const { findStoreServer } = await import('../bootstrap/engine.mjs')
    process.env.TIDEMARK_STORE_BIN = await findStoreServer({ root: process.cwd(), say: console.log })
  }
  const main = join(root, 'dist/cli/main.js')
  process.argv[1] = main
  await import(pathToFileURL(main).href)
} catch (error) {
  console.error(`tidemark cannot start: ${error.message}`)
  process.exitCode = error.code === 'ENGINE_MISSING' ? 3 : 1
}
