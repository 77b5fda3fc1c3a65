-- A stretch of an index.
-- KEYS  1 index
-- ARGV  nonce, low, high, '1' for reverse, limit
-- Reply nonce, members: sort \0 partition id \0 stamp
local nonce, low, high, reverse, limit = take(), take(), take(), take() == '1', take()
local members
if reverse then members = redis.call('ZREVRANGEBYLEX', KEYS[1], high, low, 'LIMIT', 0, limit)
else members = redis.call('ZRANGEBYLEX', KEYS[1], low, high, 'LIMIT', 0, limit) end
table.insert(members, 1, nonce)
return members
