/** PEM files that flags name, taken up when they are replaced: what begins afterwards uses the new ones. Files that do not fit each other are not used, which is said once. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import type { TlsTexts } from '../../store/connection/tls-texts.ts'
import { readFlagFile, wrongConfiguration } from './flag-file.ts'

type Name = keyof TlsTexts
/** The flag and its file. */
export type PemFiles = Readonly<Partial<Record<Name, readonly [flag: string, file: string]>>>

const KINDS: Record<Name, RegExp> = {
  ca: /-----BEGIN [A-Z ]*CERTIFICATE-----/,
  cert: /-----BEGIN [A-Z ]*CERTIFICATE-----/,
  key: /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
}

/** Answers the texts of now, the same object while no file changed. Throws CommandError at once where they cannot be used; later `say` hears it, and those before stay. */
export function livePem(
  files: PemFiles,
  say: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): () => TlsTexts {
  let stamp = stampOf(files)
  let texts = readAll(files)
  return () => {
    const now = stampOf(files)
    if (now === stamp) return texts
    stamp = now
    try {
      texts = readAll(files)
    } catch (error) {
      say(`${(error as Error).message} The files from before are used until they fit.`)
    }
    return texts
  }
}

/** What a file that is replaced or written to does not keep. */
const stampOf = (files: PemFiles): string =>
  Object.values(files)
    .map(([, file]) => {
      const found = statSync(file, { throwIfNoEntry: false })
      return found === undefined ? '-' : `${found.ino} ${found.size} ${found.mtimeMs}`
    })
    .join(', ')

/** Throws CommandError. */
function readAll(files: PemFiles): TlsTexts {
  const texts: Partial<Record<Name, string>> = {}
  for (const [name, [flag, file]] of Object.entries(files) as [Name, readonly [string, string]][]) {
    const text = readFlagFile(flag, file)
    if (!KINDS[name].test(text))
      throw wrongConfiguration(
        `--${flag} ${file}: it holds no ${name === 'key' ? 'private key' : 'certificate'} in PEM form`,
      )
    texts[name] = text
  }
  if (texts.cert !== undefined && texts.key !== undefined && !belongTogether(texts.cert, texts.key))
    throw wrongConfiguration(
      `--${files.key![0]} ${files.key![1]} is not the key of --${files.cert![0]} ${files.cert![1]}`,
    )
  return texts
}

function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
