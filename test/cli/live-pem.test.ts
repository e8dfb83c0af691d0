/** Certificates that are replaced under a process that runs. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { livePem } from '../../cli/args/live-pem.ts'
import { needs } from '../harness/needs.ts'
import { makeAuthority } from '../harness/secured-store.ts'

const { test } = needs('openssl')

test('new files are taken once they fit each other; until then, and where they are away, those from before', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-pem-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const next = join(dir, 'next')
  mkdirSync(next)
  makeAuthority(dir)
  makeAuthority(next)
  const [cert, key] = [join(dir, 'store.crt'), join(dir, 'store.key')]
  const said: string[] = []
  const now = livePem({ cert: ['tls-cert', cert], key: ['tls-key', key] }, (line) => said.push(line))
  const first = now()
  expect(now()).toBe(first)
  copyFileSync(join(next, 'store.crt'), cert)
  expect([now(), now()]).toEqual([first, first])
  expect(said).toEqual([
    `--tls-key ${key} is not the key of --tls-cert ${cert}. The files from before are used until they fit.`,
  ])
  rmSync(key)
  expect(now()).toBe(first)
  copyFileSync(join(next, 'store.key'), key)
  expect(now()).toEqual({ cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') })
  writeFileSync(cert, '-----BEGIN')
  expect(now()).toEqual({
    cert: readFileSync(join(next, 'store.crt'), 'utf8'),
    key: readFileSync(key, 'utf8'),
  })
  expect(() => livePem({ cert: ['tls-cert', cert] })).toThrow(/--tls-cert .*: it holds no certificate/)
})
