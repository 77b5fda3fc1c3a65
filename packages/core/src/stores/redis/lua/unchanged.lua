-- Put before the prelude of read-1: most readers know what they ask for, and need not wait for the rest to be set up.
-- The head's member begins with \0, version, dead, revision (7 bytes), expiresAt (6) and removeAt (6).
do
  local known = ARGV[3]
  if known ~= '' then
    local kind = redis.call('TYPE', KEYS[1]).ok
    local head
    -- A string is MAGIC, 4 bytes, and the members, each behind a length of 3 bytes.
    if kind == 'string' then head = string.sub(redis.call('GET', KEYS[1]), 8, 29)
    elseif kind == 'zset' then head = redis.call('ZRANGEBYLEX', KEYS[1], '[\0', '(\1', 'LIMIT', 0, 1)[1] end
    if head and #head >= 22 and string.sub(head, 1, 3) == '\0\1\0' and string.sub(head, 4, 10) == struct.pack('>I7', tonumber(known)) then
      local expires, remove = struct.unpack('>I6I6', head, 11)
      local now = tonumber(ARGV[2])
      if not now then
        local time = redis.call('TIME')
        now = math.floor((tonumber(time[1]) * 1000000 + tonumber(time[2])) / 1000)
      end
      if remove == 0 or remove > now then
        return { ARGV[1], string.format('%.0f', now), string.format('%.0f', expires), string.format('%.0f', remove) }
      end
    end
  end
end
