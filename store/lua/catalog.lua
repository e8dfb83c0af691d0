-- Changes the catalog of a source only as it was read: two workers that decide at once never mix their decisions.
-- KEYS   1 catalog
-- ARGV   1 version it was read at ('0' where there was none)   2 number of HSET arguments, then field, value ...; then fields to delete
-- REPLY  1 changed | 0 it was changed meanwhile, nothing moved
local function catalog(keys, argv)
  local version = redis.call('HGET', keys[1], 'version') or '0'
  if version ~= argv[1] then return 0 end
  local first_gone = 3 + tonumber(argv[2])
  redis.call('HSET', keys[1], 'version', tostring(tonumber(version) + 1), unpack(argv, 3, first_gone - 1))
  for at = first_gone, #argv do redis.call('HDEL', keys[1], argv[at]) end
  return 1
end
