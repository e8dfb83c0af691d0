-- Lands one cut of one partition, or says where the store already is. Values and the offset that earned them move together (L1, L2).
-- Everything is checked before the first write; after it nothing can fail (L4). Every value is absolute: nothing is computed here.
-- KEYS   1 pos   2.. one for each op, in order
-- ARGV   1 base   2 next   3 def   4 rev   5 wake channel ('' = none)   6 number of pos arguments, then field, value ...
--        then for each op: letter, number of arguments, its arguments
--        h HSET (field, value ...)   z ZADD (score, member ...)   r ZREM (member ...)   e HDEL (field ...)   d UNLINK (none)
--        x XADD (id, MAXLEN or '', MINID or '', field, value ...)
-- REPLY  {1, next} landed | {0, stored next, why} refused, nothing moved; why = LOST, DEF, REV, BASE, TYPE <key>, STREAM <key>
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

local function apply(keys, argv)
  local pos = keys[1]
  local kind = redis.call('TYPE', pos).ok
  if kind == 'none' then return { 0, '', 'LOST' } end
  if kind ~= 'hash' then return { 0, '', 'TYPE ' .. pos } end
  local stored = redis.call('HMGET', pos, 'next', 'def', 'rev')
  if not stored[1] then return { 0, '', 'LOST' } end
  -- law L2: fence by definition
  if stored[2] ~= argv[3] then return { 0, stored[1], 'DEF' } end
  -- law L2: fence by revision
  if stored[3] ~= argv[4] then return { 0, stored[1], 'REV' } end
  -- law L2: fence by offset
  if stored[1] ~= argv[1] then return { 0, stored[1], 'BASE' } end

  local first_op = 7 + tonumber(argv[6])
  local tops = {}
  local at = first_op
  for k = 2, #keys do
    local key, letter, count = keys[k], argv[at], tonumber(argv[at + 1])
    local wanted = APPLY_TYPES[letter]
    if wanted and not tops[key] then
      local found = redis.call('TYPE', key).ok
      -- law L4: types are checked first
      if found ~= 'none' and found ~= wanted then return { 0, stored[1], 'TYPE ' .. key } end
      tops[key] = '0-0'
      if letter == 'x' and found ~= 'none' then
        local info = redis.call('XINFO', 'STREAM', key)
        for i = 1, #info, 2 do
          if info[i] == 'last-generated-id' then tops[key] = info[i + 1] end
        end
      end
    end
    if letter == 'x' then
      -- law L4: stream ids are checked first
      if not apply_is_after(argv[at + 2], tops[key]) then return { 0, stored[1], 'STREAM ' .. key } end
      tops[key] = argv[at + 2]
    end
    at = at + 2 + count
  end

  at = first_op
  for k = 2, #keys do
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
      local id, maxlen, minid = argv[from], argv[from + 1], argv[from + 2]
      if maxlen ~= '' then
        redis.call('XADD', key, 'MAXLEN', maxlen, id, unpack(argv, from + 3, from + count - 1))
      else
        redis.call('XADD', key, 'MINID', minid, id, unpack(argv, from + 3, from + count - 1))
      end
    end
    at = from + count
  end
  -- law L1: the offset moves with the values
  redis.call('HSET', pos, 'next', argv[2], unpack(argv, 7, first_op - 1))
  if argv[5] ~= '' then redis.call('SPUBLISH', argv[5], argv[2]) end
  return { 1, argv[2] }
end
