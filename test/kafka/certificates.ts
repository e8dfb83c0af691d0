/** Certificates and passwords of a Kafka with TLS, made for one run. */
/** A Kafka that lets nobody in unasked: TLS with an authority made here, SASL, and no more rights than docs/kafka.md names. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
export const PASSWORD = 'correct horse, battery = staple; "quoted"'

/** An authority, and a key with its certificate for 127.0.0.1, in the form Kafka reads. */
export function makeCertificates(folder: string): { ca: string; stranger: string; keystore: string } {
  const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  for (const name of ['ca', 'stranger'])
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    )
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=broker',
    '-keyout',
    'broker.key',
    '-out',
    'broker.csr',
  )
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1\n')
  openssl(
    'x509',
    '-req',
    '-in',
    'broker.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'san',
    '-out',
    'broker.crt',
  )
  const keystore = join(folder, 'broker.pem')
  writeFileSync(
    keystore,
    Buffer.concat([readFileSync(join(folder, 'broker.key')), readFileSync(join(folder, 'broker.crt'))]),
  )
  return { ca: join(folder, 'ca.pem'), stranger: join(folder, 'stranger.pem'), keystore }
}
