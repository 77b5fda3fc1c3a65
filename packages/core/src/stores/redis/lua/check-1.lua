-- Whether a partition has an index entry: what an index says is only where to look.
-- KEYS  1 partition
-- ARGV  nonce, clock, index, sort
-- Reply nonce, index revision, and when it has the entry: '1' and its value, or '0' when it has no value
local nonce = take()
local head = load_head(KEYS[1], math.floor(clock(take()) / 1000))
local place = '\2' .. take() .. '\0' .. take()
if not head.live then return { nonce, digits(head.index_rev) } end
local entry = between('[' .. place .. '\0', '(' .. place .. '\1', 1)[1]
return { nonce, digits(head.index_rev), entry and string.sub(entry, #place + 2) or nil }
