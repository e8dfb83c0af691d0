/** Takes up renewed certificates of a local store: whoever supervises its nodes tells each to read the files again. Connections that stand live on. */
import { readTopology } from '../../../embedded/topology-file.ts'
import { livePem } from '../../args/live-pem.ts'
import { openLinks } from './local.ts'

const LOOK_EVERY_MS = 1000

/** Answers how to end it. A store without TLS has nothing to look at. */
export function watchCertificates(dataDir: string, log: (line: string) => void): () => Promise<void> {
  const tls = readTopology(dataDir)?.tls
  if (tls === undefined) return async () => {}
  const now = livePem(
    { cert: ['tls-cert', tls.cert], key: ['tls-key', tls.key], ca: ['tls-ca', tls.ca] },
    log,
  )
  const settings = ['tls-cert-file', tls.cert, 'tls-key-file', tls.key, 'tls-ca-cert-file', tls.ca]
  let told = now()
  async function look(): Promise<void> {
    const texts = now()
    if (texts === told) return
    const links = openLinks(readTopology(dataDir)!.nodes, dataDir)
    try {
      for (const link of links) await link.ask('CONFIG', 'SET', ...settings)
      told = texts
      log('certificates: every node has read the new ones')
    } finally {
      for (const link of links) link.close()
    }
  }
  let last = ''
  let looking: Promise<void> | null = null
  const timer = setInterval(() => {
    looking ??= look()
      .then(
        () => '',
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
      .then((text) => {
        if (text !== '' && text !== last)
          log(`certificates: a node did not read the new ones: ${text}; it is told again`)
        last = text
        looking = null
      })
  }, LOOK_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await looking
  }
}
