/** Secrets out of text that is going to be read: logs, closing messages. What looks like a secret is one. */

/** Each is linear in the text: none may begin anew at every letter of a long word and run to its end. */
const rules: readonly [pattern: RegExp, instead: string][] = [
  // scheme://user:password@host; the host stays readable.
  [/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/"'<>]*@/gi, '$1***@'],
  [/\btm_(pub|sec)_[\w-]+/g, 'tm_$1_***'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi, '$1 ***'],
  [
    /((?:password|passwd|passphrase|secret|token|api[_-]?key|requirepass|masterauth)["']?\s{0,8}[:=]\s{0,8})(?:"[^"]*"|'[^']*'|[^\s"',;&}\]]+)/gi,
    '$1***',
  ],
]

export function redact(text: string): string {
  return rules.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text)
}
