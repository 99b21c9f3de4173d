-- Asks about RUNS runs in turn from the run FIRST on, with BODY if it is not empty; RUNRUN in the URL and in BODY is
-- the run: wrk … URL -- RUNS FIRST BODY

local runs, first, asked = 1, 1, 0
local parts = {}

init = function(args)
    runs, first = tonumber(args[1]), tonumber(args[2])
    local request
    if args[3] and args[3] ~= "" then
        wrk.headers["content-type"] = "application/json"
        request = wrk.format("POST", wrk.path, wrk.headers, args[3])
    else
        request = wrk.format("GET", wrk.path)
    end
    -- Made once; only the number changes.
    local from = 1
    while true do
        local start, stop = request:find("RUNRUN", from, true)
        parts[#parts + 1] = request:sub(from, start and start - 1)
        if not start then break end
        from = stop + 1
    end
end

request = function()
    local run = string.format("%d", first + asked % runs)
    asked = asked + 1
    return table.concat(parts, run)
end

-- One line: answers, failures, and the median and 99th percentile of the times in microseconds.
done = function(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format(
        "%d %d %d %d\n", summary.requests, failed, latency:percentile(50), latency:percentile(99)))
end
