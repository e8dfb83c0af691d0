/** Who uses the store, and the least that each must be allowed. One table: `tidemark store users` writes it into the engine, a process tries its own row at start. */

export const ROLES = ['ingest', 'serve', 'app', 'backup', 'endpoint', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Any client has to be let do this; nothing of it touches a key or another client. WAIT and WAITAOF are among it, where the engine has them. */
const CONNECTION = '+@connection -@dangerous -@admin +info +command'
const TOPOLOGY = '+cluster|slots +cluster|shards +cluster|info +cluster|nodes +role'
/** A channel of one partition wakes its readers. */
const EARS = '+subscribe +unsubscribe +ssubscribe +sunsubscribe'

export const rights: Readonly<Record<Role, string>> = {
  /** Folds the log: reads and writes its keys, by functions and by itself. */
  ingest: `~tm:* &tm:* -@all +@read ${CONNECTION} ${TOPOLOGY} ${EARS} +set +hset +hdel +zadd +zrem +pfadd +xadd +xtrim +setrange +del +unlink +publish +spublish +fcall +function|load +function|list +time +config|get`,
  /** Answers queries: it changes nothing. */
  serve: `%R~tm:* &tm:* -@all +@read ${CONNECTION} ${TOPOLOGY} ${EARS} +time +config|get`,
  /**
   * The rest of an application, which shares the engine: everything with its own keys, nothing with ours. PFMERGE of one key is let through on every key by the engines
   * themselves (Redis 7.0, Valkey 9.1: where no second key follows, none is checked), and makes a key of ours one of another type.
   */
  app: `~app:* &app:* -@all ${CONNECTION} +@read +@write +@pubsub +@transaction +@blocking -@admin -@dangerous -function -script -pubsub -randomkey -dbsize -pfmerge +info +eval +evalsha +eval_ro +evalsha_ro +script|load +script|exists +fcall +fcall_ro +time +cluster|slots +cluster|shards +cluster|info +cluster|nodes +cluster|keyslot`,
  /** Copies every key, of everybody; writes none. */
  backup: `%R~* -@all +@read ${CONNECTION} ${TOPOLOGY} +time +config|get +lastsave +sync +psync +replconf +multi +exec +function|dump`,
  /** Watches who has what on disk, for `tidemark store endpoint`. */
  endpoint: `-@all ${CONNECTION} +role`,
  /** Operates the store: by hand and by `tidemark store`. */
  admin: '~* &* +@all',
}

/** Commands that a role has to be let do and that change nothing as they stand here; `key` is one that nobody has. */
export const probes: Readonly<Record<Role, (key: string) => readonly (readonly string[])[]>> = {
  ingest: (key) => [
    ...probes.serve(key),
    ['HDEL', key, 'f'],
    ['ZREM', key, 'm'],
    ['ZADD', key, 'XX', '1', 'm'],
    ['XADD', key, 'NOMKSTREAM', '*', 'f', 'v'],
    ['XTRIM', key, 'MAXLEN', '0'],
    ['UNLINK', key],
    ['DEL', key],
    ['SPUBLISH', key, ''],
    ['FUNCTION', 'LIST', 'LIBRARYNAME', 'none'],
    // Written and gone again: nothing harmless asks for these.
    ['HSET', key, 'f', 'v'],
    ['UNLINK', key],
  ],
  serve: (key) => [
    ['HGETALL', key],
    ['HMGET', key, 'f'],
    ['HSCAN', key, '0'],
    ['ZRANGE', key, '0', '0'],
    ['XREVRANGE', key, '+', '-', 'COUNT', '1'],
    ['EXISTS', key],
    ['TIME'],
  ],
  app: (key) => [
    ['GET', key],
    ['DEL', key],
    ['WAIT', '0', '1'],
  ],
  backup: (key) => [
    ['EXISTS', key],
    ['DUMP', key],
    ['SCAN', '0', 'COUNT', '1'],
  ],
  endpoint: () => [['ROLE'], ['COMMAND', 'COUNT'], ['WAIT', '0', '1']],
  admin: () => [['ACL', 'WHOAMI']],
}
