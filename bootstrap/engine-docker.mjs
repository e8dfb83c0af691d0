// The store server in a container that lives and dies with the process that called it. Used only where nothing else is found.
import { join } from 'node:path'
import { onPath, run, wrapper } from './programs.mjs'

const image = 'valkey/valkey:8'

/**
 * The server is called with ordinary flags (--port P --dir D ...): this finds those two, publishes the port on loopback only, and
 * mounts the folder under its own path. Flags after ours are the caller's; `--bind` and `--protected-mode` come last and win.
 */
const server = `
port=6379; dir=$PWD; previous=
for word in "$@"; do
  case $previous in --port) port=$word;; --dir) dir=$word;; esac
  previous=$word
done
if [ "$1" = --version ]; then exec docker run --rm ${image} valkey-server --version; fi
exec docker run --rm --init -i --user "$(id -u):$(id -g)" -p "127.0.0.1:$port:$port" -v "$dir:$dir" -w "$dir" ${image} \\
  valkey-server "$@" --bind 0.0.0.0 --protected-mode no`

const checkAof = `exec docker run --rm -i --user "$(id -u):$(id -g)" -v "$PWD:$PWD" -w "$PWD" ${image} valkey-check-aof "$@"`

/** Answers the path of a script that behaves like valkey-server, or undefined where no Docker daemon answers. */
export async function wrapDocker(engine, say) {
  if (!onPath('docker')) return undefined
  if ((await run('docker', ['info'], { limitMs: 3000 })).code !== 0) return undefined
  say(`fetching ${image} with Docker ...`)
  if ((await run('docker', ['pull', '-q', image], { limitMs: 300_000 })).code !== 0) return undefined
  wrapper(join(engine, 'bin', 'valkey-check-aof'), checkAof)
  return wrapper(join(engine, 'bin', 'valkey-server'), server.trim())
}
