// The package as it would be published: packed, installed into an empty folder, started by npx, asked, sent an event, stopped.
//   node test/bootstrap/npx.mjs
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, root, sleep } from '../campaign/lib/processes.mjs'

const folder = mkdtempSync(join(tmpdir(), 'tidemark-npx-'))
let child
try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  execFileSync(
    'npm',
    ['install', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error', `./${tarball}`],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const [port, kafka, store] = [await freePort(), await freePort(), await freePort()]
  child = spawn(
    'npx',
    ['tidemark', 'up', '--no-demo', '--port', port, '--kafka-port', kafka, '--store-port', store].map(String),
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes))
  const ended = new Promise((resolve) => child.on('close', resolve))
  const until = async (what, ask) => {
    for (const end = Date.now() + 120_000; ; await sleep(200)) {
      if (await ask()) return
      if (child.exitCode !== null || Date.now() > end) throw new Error(`waited in vain: ${what}\n${said}`)
    }
  }
  await until('the welcome', () => said.includes('up after'))
  const page = await fetch(`http://127.0.0.1:${port}/`)
  if (!page.ok || !(await page.text()).includes('<title>')) throw new Error(`the page answers ${page.status}`)
  const sent = await fetch(`http://127.0.0.1:${port}/v1/events?source=clicks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"type":"page_view","path":"/hello","visitor":"me"}',
  })
  if (sent.status !== 202) throw new Error(`the event was answered ${sent.status}: ${await sent.text()}`)
  await until('the event to be counted', async () => {
    const { sources } = await (await fetch(`http://127.0.0.1:${port}/v1/status`)).json()
    return sources.some(({ partitions }) => partitions.some(({ events }) => events?.counted > 0))
  })
  process.kill(-child.pid, 'SIGINT')
  // npx itself may die of the signal that tells its child to drain: what counts is what the child said.
  await Promise.race([ended, sleep(40_000)])
  if (!said.includes('stopped; everything is kept')) throw new Error(`it did not drain\n${said}`)
  console.log('packed, installed, started by npx, counted an event, stopped')
  console.log('1 passed, 0 failed, 0 skipped')
} catch (error) {
  console.log(error.message)
  console.log('0 passed, 1 failed, 0 skipped')
  process.exitCode = 1
} finally {
  if (child?.exitCode === null)
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      /* already gone */
    }
  rmSync(folder, { recursive: true, force: true })
}
