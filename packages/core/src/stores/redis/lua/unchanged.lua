-- Put before the prelude of read-n: most readers know what they ask for, and need not wait for the rest to be set up.
-- The head's member begins with \0, version, dead, revision (7 bytes), expiresAt (6) and removeAt (6).
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = math.floor((tonumber(time[1]) * 1000000 + tonumber(time[2])) / 1000)
end
local answers, missing = { ARGV[1], now }, 0
for at, key in ipairs(KEYS) do
  local known, times = ARGV[at + 2], nil
  if known ~= '' then
    local kind, head = redis.call('TYPE', key).ok, nil
    -- A string is MAGIC, 4 bytes, and the members, each behind a length of 3 bytes.
    if kind == 'string' then head = redis.call('GETRANGE', key, 7, 28)
    elseif kind == 'zset' then head = redis.call('ZRANGEBYLEX', key, '[\0', '(\1', 'LIMIT', 0, 1)[1] end
    if head and #head >= 22 and string.sub(head, 1, 10) == '\0\1\0' .. struct.pack('>I7', tonumber(known)) then
      local remove = struct.unpack('>I6', head, 17)
      if remove == 0 or remove > now then times = string.sub(head, 11, 22) end
    end
  end
  if not times then missing = missing + 1 end
  -- To be replaced by what is read.
  answers[at + 2] = times or 0
end
if missing == 0 then return answers end
