-- One consistent moment of each of some partitions, or what is unchanged of it (unchanged.lua).
-- KEYS  partitions
-- ARGV  nonce, clock (ms, or '' for the server's), for each partition the revision that is known (or ''), then for each
--       what to read as one, each part behind its length:
--       number of reads, then for each read
--         'get', number of keys, keys
--         'range', low, high, floor (highest bound to look down from, or ''), floor's low, '1' for reverse, limit, max bytes or ''
--         'below', position of the earlier read (from 0), prefix, limit
-- Reply nonce, now, for each partition: expiresAt and removeAt (6 bytes each) when the revision is the known one; or a
--       list: revision, expiresAt, removeAt, index revision, index digest, then for each read: cut (0 or 1), rows; or
--       0: among others it cannot be answered, ask for it alone

-- What is read of several partitions is bounded, in bytes of rows.
local MANY_BYTES = 1048576
local head
local bytes_read = 0

-- Collects rows until the limit or the bytes are used up.
local function collector(limit, max_bytes)
  local rows, bytes = { 0 }, 0
  return rows, function(row)
    -- What a row weighs is its value: key, NUL, 7 bytes of revision and 6 of until come before it.
    bytes = bytes + #row - string.find(row, '\0', 1, true) - 13
    if #rows > limit or (max_bytes and #rows > 1 and bytes > max_bytes) then
      rows[1] = 1
      return true
    end
    rows[#rows + 1] = row
    bytes_read = bytes_read + #row
  end
end

local function get()
  local rows = { 0 }
  for _ = 1, tonumber(take()) do
    local key = take()
    rows[#rows + 1] = head.live and live_row(key, now) or nil
  end
  return rows
end

local function range()
  local low, high, floor, floor_low = take(), take(), take(), take()
  local reverse, limit, max_bytes = take() == '1', tonumber(take()), tonumber(take())
  local rows, collect = collector(limit, max_bytes)
  if not head.live then return rows end
  if floor ~= '' then
    walk(floor_low, floor, true, now, 2, function(row)
      low = '[' .. row
      return true
    end)
  end
  walk(low, high, reverse, now, math.min(limit + 1, max_bytes and 4 or 256), collect)
  return rows
end

local function below(reads)
  local earlier, prefix, limit = reads[tonumber(take()) + 1], take(), tonumber(take())
  local rows, collect = collector(limit)
  if not earlier[2] then return rows end
  local key = prefix .. string.match(key_of(earlier[2]), '[^/]*$')
  local own = live_row(key, now)
  if own then collect(own) end
  walk('[' .. key .. '/', '(' .. key .. '0', false, now, math.min(limit + 1, 256), collect)
  return rows
end

local function read(key, what)
  take_from(what)
  head = load_head(key, now)
  local answer = {
    head.live and digits(head.rev) or '0', digits(head.expires), digits(head.remove), digits(head.index_rev), head.digest,
  }
  local reads = {}
  for position = 1, tonumber(take()) do
    local kind = take()
    if kind == 'get' then reads[position] = get()
    elseif kind == 'range' then reads[position] = range()
    else reads[position] = below(reads) end
    answer[#answer + 1] = reads[position]
  end
  return answer
end

if #KEYS == 1 then
  answers[3] = read(KEYS[1], ARGV[4])
  return answers
end
for at, key in ipairs(KEYS) do
  if answers[at + 2] == 0 and bytes_read < MANY_BYTES then
    -- What one of them fails by is not for the others.
    local is_read, answer = pcall(read, key, ARGV[2 + #KEYS + at])
    if is_read then answers[at + 2] = answer end
  end
end
return answers
