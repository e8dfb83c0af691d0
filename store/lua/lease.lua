-- Takes a lease, or keeps it: one process at a time does what nobody else need do. Whoever is gone loses it by time.
-- KEYS   1 lease
-- ARGV   1 holder   2 for how long, ms ('0' = give it back)
-- REPLY  1 this holder has it | 0 another one has it, or it was given back
local function lease(keys, argv)
  local holder = redis.call('GET', keys[1])
  if holder and holder ~= argv[1] then return 0 end
  if argv[2] == '0' then
    if holder then redis.call('DEL', keys[1]) end
    return 0
  end
  redis.call('SET', keys[1], argv[1], 'PX', argv[2])
  return 1
end
