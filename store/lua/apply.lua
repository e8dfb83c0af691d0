-- Applies one batch of one partition, or says where the store already is. Values and the offset that earned them move together (L1, L2).
-- Everything is checked before the first write; after it nothing can fail (L4). Every value is absolute: nothing is computed here.
-- KEYS   1 pos   2 feed   3.. one for each of the changes, then one for each op, in order
-- ARGV   1 base   2 next   3 def   4 rev   5 wake channel ('' = none)   6 MINID of the feed ('' = it is left as it is,
--        '*' = it is emptied, and this batch is not told)
--        7 changes, MessagePack: suffix, {field, value ...}, ... ('' = none); they are HSET, and are the feed's entry as they are
--        8 number of pos arguments, then field, value ...
--        then for each op: letter, number of arguments, its arguments
--        h HSET (field, value ...)   z ZADD (score, member ...)   r ZREM (member ...)   e HDEL (field ...)   d UNLINK (none)
--        x XADD (id, MAXLEN, field, value ...)
-- REPLY  {1, next, took} applied | {1, next, took, listeners of the wake channel} applied, and told | {0, stored next, why} refused, nothing moved; why = LOST, DEF, REV, BASE, TYPE <key>, STREAM <key>
--        took: microseconds that the server worked on it; -1 = not known
local APPLY_TYPES = { h = 'hash', e = 'hash', z = 'zset', r = 'zset', x = 'stream' }

-- True where stream id a is after b.
local function apply_is_after(a, b)
  local a1, a2 = string.match(a, '^(%d+)-(%d+)$')
  local b1, b2 = string.match(b, '^(%d+)-(%d+)$')
  a1, a2, b1, b2 = tonumber(a1), tonumber(a2), tonumber(b1), tonumber(b2)
  return a1 > b1 or (a1 == b1 and a2 > b2)
end

-- Redis calls take a limited number of arguments from a table: 1,000 at a time is always safe, and even, so pairs stay whole.
local function apply_in_parts(command, key, argv, from, count)
  for at = from, from + count - 1, 1000 do
    redis.call(command, key, unpack(argv, at, math.min(at + 999, from + count - 1)))
  end
end

-- What store/wake.ts reads: next, applied at, newest fetch at, timestamp of the newest record; ms, '-' = not known.
local function wake_message(pos, next)
  -- Values are written by now, so nothing may fail (L4): a user without the right to ask the time says '-'.
  local time, known = redis.pcall('TIME'), redis.call('HMGET', pos, 'endAt', 'lastTs')
  local applied = time.err and '-' or string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  return next .. ' ' .. applied .. ' ' .. (known[1] or '-') .. ' ' .. (known[2] or '-')
end

-- Seconds of the server's CPU; of its clock where the Lua of this server has none; nil where the user may not ask for that either.
local function apply_seconds()
  local known, seconds = pcall(function() return os.clock() end)
  if known then return seconds end
  local time = redis.pcall('TIME')
  return not time.err and time[1] + time[2] / 1000000 or nil
end

local function apply_took(began)
  local ends = began and apply_seconds()
  return ends and math.max(0, math.floor((ends - began) * 1000000)) or -1
end

local function apply(keys, argv)
  local began = apply_seconds()
  local pos, feed = keys[1], keys[2]
  local base, next, def, rev, wake, feed_from = argv[1], argv[2], argv[3], argv[4], argv[5], argv[6]
  local kind = redis.call('TYPE', pos).ok
  if kind == 'none' then return { 0, '', 'LOST' } end
  if kind ~= 'hash' then return { 0, '', 'TYPE ' .. pos } end
  local stored = redis.call('HMGET', pos, 'next', 'def', 'rev')
  if not stored[1] then return { 0, '', 'LOST' } end
  -- law L2: fence by definition
  if stored[2] ~= def then return { 0, stored[1], 'DEF' } end
  -- law L2: fence by revision
  if stored[3] ~= rev then return { 0, stored[1], 'REV' } end
  -- law L2: fence by offset
  if stored[1] ~= base then return { 0, stored[1], 'BASE' } end

  local changes = argv[7] == '' and {} or cmsgpack.unpack(argv[7])
  local first_op_key = 3 + #changes / 2
  local first_pos, first_op = 9, 9 + tonumber(argv[8])
  local is_told = feed_from ~= '' and feed_from ~= '*' and next ~= base

  local tops = {}
  local function refusal(key, wanted, id)
    if not tops[key] then
      local found = redis.call('TYPE', key).ok
      -- law L4: types are checked first
      if found ~= 'none' and found ~= wanted then return 'TYPE ' .. key end
      tops[key] = '0-0'
      if id and found ~= 'none' then
        local info = redis.call('XINFO', 'STREAM', key)
        for i = 1, #info, 2 do
          if info[i] == 'last-generated-id' then tops[key] = info[i + 1] end
        end
      end
    end
    if id then
      -- law L4: stream ids are checked first
      if not apply_is_after(id, tops[key]) then return 'STREAM ' .. key end
      tops[key] = id
    end
  end
  if feed_from ~= '' then
    local why = refusal(feed, 'stream', is_told and next .. '-0')
    if why then return { 0, stored[1], why } end
  end
  for k = 3, first_op_key - 1 do
    local why = refusal(keys[k], 'hash')
    if why then return { 0, stored[1], why } end
  end
  local at = first_op
  for k = first_op_key, #keys do
    local letter, count = argv[at], tonumber(argv[at + 1])
    local wanted = APPLY_TYPES[letter]
    if wanted then
      local why = refusal(keys[k], wanted, letter == 'x' and argv[at + 2])
      if why then return { 0, stored[1], why } end
    end
    at = at + 2 + count
  end

  for k = 3, first_op_key - 1 do
    local pairs_of_it = changes[2 * (k - 2)]
    apply_in_parts('HSET', keys[k], pairs_of_it, 1, #pairs_of_it)
  end
  at = first_op
  for k = first_op_key, #keys do
    local key, letter, count = keys[k], argv[at], tonumber(argv[at + 1])
    local from = at + 2
    if letter == 'h' then
      apply_in_parts('HSET', key, argv, from, count)
    elseif letter == 'z' then
      -- law L1: sorted sets are written
      apply_in_parts('ZADD', key, argv, from, count)
    elseif letter == 'r' then
      apply_in_parts('ZREM', key, argv, from, count)
    elseif letter == 'e' then
      apply_in_parts('HDEL', key, argv, from, count)
    elseif letter == 'd' then
      redis.call('UNLINK', key)
    elseif letter == 'x' then
      redis.call('XADD', key, 'MAXLEN', argv[from + 1], argv[from], unpack(argv, from + 2, from + count - 1))
    end
    at = from + count
  end
  if is_told then
    redis.call('XADD', feed, 'MINID', feed_from, next .. '-0', 'base', base, 'def', def, 'rev', rev, 'cells', argv[7])
  elseif feed_from == '*' then
    redis.call('XTRIM', feed, 'MAXLEN', 0)
  elseif feed_from ~= '' then
    redis.call('XTRIM', feed, 'MINID', feed_from)
  end
  -- law L1: the offset moves with the values
  redis.call('HSET', pos, 'next', next, unpack(argv, first_pos, first_op - 1))
  if wake == '' or next == base then return { 1, next, apply_took(began) } end
  local listeners = redis.call('SPUBLISH', wake, wake_message(pos, next))
  return { 1, next, apply_took(began), listeners }
end
